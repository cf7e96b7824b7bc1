import assert from 'node:assert/strict';
import {test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import type {Trial} from '../../../api/trial.ts';
import {Reflector, WatchGone} from '../../../operator/cluster/reflector.ts';
import type {Change, Source} from '../../../operator/cluster/reflector.ts';
import {aTrial} from '../../builders.ts';

type Item = Stored<Trial>;
const item = (name: string, version: number, uid = `uid-${name}`): Item =>
  aTrial({metadata: {name, uid, resourceVersion: String(version)}});

/** One watch of the script: what it brings, and how it ends. */
interface Watched {
  readonly changes: readonly Change<Item>[];
  readonly end: 'Closed' | 'Broken' | 'Gone' | 'Silent';
}

/** A server that answers by script; lists and watches are noted with the version that they were asked for. */
class ScriptedSource implements Source<Item> {
  readonly asked: string[] = [];
  readonly #lists: (readonly [version: string, ...items: Item[]] | 'Trouble')[];
  readonly #watches: Watched[];

  constructor(lists: (readonly [version: string, ...items: Item[]] | 'Trouble')[], watches: Watched[]) {
    this.#lists = lists;
    this.#watches = watches;
  }

  list() {
    this.asked.push('list');
    const next = this.#lists.shift();
    if (next === undefined || next === 'Trouble') return Promise.reject(new Error('no list'));
    const [resourceVersion, ...items] = next;
    return Promise.resolve({items, resourceVersion});
  }

  async *watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<Change<Item>> {
    this.asked.push(`watch ${resourceVersion}`);
    const next = this.#watches.shift() ?? {changes: [], end: 'Silent'};
    for (const change of next.changes) {
      await Promise.resolve();
      yield change;
    }
    if (next.end === 'Broken') throw new Error('connection reset');
    if (next.end === 'Gone') throw new WatchGone('too old');
    if (next.end === 'Silent')
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'));
        });
      });
  }
}

const added = (object: Item): Change<Item> => ({type: 'Added', object});
const modified = (object: Item): Change<Item> => ({type: 'Modified', object});
const deleted = (object: Item): Change<Item> => ({type: 'Deleted', object});
const bookmark = (version: number): Change<Item> => ({type: 'Bookmark', resourceVersion: String(version)});

const holds = (reflector: Reflector<Item>): string[] =>
  [...reflector.values()].map(({metadata}) => `${metadata.name}@${metadata.resourceVersion}`).toSorted();

const cases: readonly {
  readonly name: string;
  readonly lists: (readonly [version: string, ...items: Item[]] | 'Trouble')[];
  readonly watches: Watched[];
  readonly asked: readonly string[];
  readonly held: readonly string[];
}[] = [
  {
    name: 'a list, and what is watched from there',
    lists: [['10', item('a', 5)]],
    watches: [{changes: [added(item('b', 11)), modified(item('a', 12))], end: 'Silent'}],
    asked: ['list', 'watch 10'],
    held: ['a@12', 'b@11'],
  },
  {
    name: 'a watch that the server ends goes on from where it was',
    lists: [['10', item('a', 5)]],
    watches: [
      {changes: [modified(item('a', 12)), bookmark(20)], end: 'Closed'},
      {changes: [deleted(item('a', 21))], end: 'Silent'},
    ],
    asked: ['list', 'watch 10', 'watch 20'],
    held: [],
  },
  {
    name: 'a watch that breaks goes on from where it was, without a new list',
    lists: [['10']],
    watches: [
      {changes: [added(item('a', 11))], end: 'Broken'},
      {changes: [added(item('b', 12))], end: 'Silent'},
    ],
    asked: ['list', 'watch 10', 'watch 11'],
    held: ['a@11', 'b@12'],
  },
  {
    name: 'a version that is gone is listed again, and what has gone meanwhile is forgotten',
    lists: [
      ['10', item('a', 5), item('b', 6)],
      ['30', item('b', 6), item('c', 25)],
    ],
    watches: [{changes: [], end: 'Gone'}],
    asked: ['list', 'watch 10', 'list', 'watch 30'],
    held: ['b@6', 'c@25'],
  },
  {
    name: 'a list that fails is tried again',
    lists: ['Trouble', ['10', item('a', 5)]],
    watches: [],
    asked: ['list', 'list', 'watch 10'],
    held: ['a@5'],
  },
  {
    name: 'an older version of an object changes nothing',
    lists: [['10', item('a', 9)]],
    watches: [{changes: [modified(item('a', 7))], end: 'Silent'}],
    asked: ['list', 'watch 10'],
    held: ['a@9'],
  },
  {
    name: 'another object of the same name takes its place',
    lists: [['10', item('a', 9)]],
    watches: [{changes: [deleted(item('a', 11)), added(item('a', 12, 'another'))], end: 'Silent'}],
    asked: ['list', 'watch 10'],
    held: ['a@12'],
  },
];
for (const {name, lists, watches, asked, held} of cases)
  test(`reflector: ${name}`, async () => {
    const source = new ScriptedSource([...lists], [...watches]);
    const reflector = new Reflector(source, {jitter: () => 0});
    reflector.start();
    while (source.asked.length < asked.length) await pause(5);
    await pause(20);
    reflector.stop();
    assert.deepEqual(source.asked, asked);
    assert.deepEqual(holds(reflector), held);
  });

test('what we wrote ourselves is there at once, and a late message does not take it back', async () => {
  const source = new ScriptedSource([['10', item('a', 5)]], [{changes: [modified(item('a', 11))], end: 'Silent'}]);
  const reflector = new Reflector(source);
  reflector.learn(item('a', 12));
  reflector.start();
  await pause(30);
  reflector.stop();
  assert.deepEqual(holds(reflector), ['a@12']);
});

test('an object that is known to be gone does not come back with a late message', async () => {
  const source = new ScriptedSource([['10', item('a', 5)]], [{changes: [modified(item('a', 11))], end: 'Silent'}]);
  const reflector = new Reflector(source, {
    onEvent: ({type, object}) => {
      if (type === 'Added') reflector.forget(object);
    },
  });
  reflector.start();
  await pause(30);
  reflector.stop();
  assert.deepEqual(holds(reflector), []);
});

test('after too long a silence all is listed again, and watched from there', async () => {
  const source = new ScriptedSource(
    [['10'], ['12', item('b', 12)]],
    [
      {changes: [], end: 'Silent'},
      {changes: [added(item('a', 13))], end: 'Silent'},
    ],
  );
  const troubles: unknown[] = [];
  const reflector = new Reflector(source, {
    silenceMilliseconds: 40,
    jitter: () => 0,
    onTrouble: (error) => troubles.push(error),
  });
  reflector.start();
  while (source.asked.length < 4) await pause(5);
  await pause(10);
  reflector.stop();
  assert.deepEqual(source.asked.slice(0, 4), ['list', 'watch 10', 'list', 'watch 12']);
  assert.deepEqual(holds(reflector), ['a@13', 'b@12']);
  assert.ok(troubles.length > 0, 'it is told');
});

test('a server that lists no more is silent all the while', async () => {
  const source = new ScriptedSource([['10']], []);
  const reflector = new Reflector(source, {silenceMilliseconds: 20, jitter: () => 0, onTrouble: () => undefined});
  reflector.start();
  while (source.asked.length < 3) await pause(5);
  const first = reflector.silence;
  while (source.asked.length < 4) await pause(5);
  const second = reflector.silence;
  reflector.stop();
  assert.ok(second > first && first > 20, `${String(first)} ms, then ${String(second)} ms`);
});

test('a listener that throws does not end the watch', async () => {
  const source = new ScriptedSource([['10', item('a', 5)]], [{changes: [added(item('b', 11))], end: 'Silent'}]);
  const reflector = new Reflector(source, {
    onEvent: () => {
      throw new Error('a listener');
    },
  });
  reflector.start();
  await pause(30);
  reflector.stop();
  assert.deepEqual(holds(reflector), ['a@5', 'b@11']);
});
