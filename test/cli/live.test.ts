import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {stripVTControlCharacters} from 'node:util';
import xterm from '@xterm/headless';
import {instant} from '../../api/quantities.ts';
import {frameOf} from '../../cli/live-frame.ts';
import {Chronicle} from '../../cli/news.ts';
import {PlainProgress, isWatched} from '../../cli/progress.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {failing, starting, working} from './scenes.ts';

const scene = fileURLToPath(new URL('live-scene.ts', import.meta.url));
const now = instant(Date.parse('2026-01-01T00:02:00Z'));
const frame = (snapshot: Snapshot, columns: number, rows = 24): readonly string[] =>
  frameOf(snapshot, {columns, rows, now, paint: (_style, text) => text});

test('a frame tells progress with the time left, best against baseline, what was spent of what may be, and what runs', () => {
  assert.deepEqual(frame(working, 100), [
    'digits Searching ██████░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 14%, 3 min 0 s left',
    '  best    accuracy 0.9 (c1), baseline 0.875, +0.025',
    '  done    baseline 0/1, candidates 1/6',
    '  spent   0.1000 of 1 GPU-hours (10%), $0.31 of $3, 0.0500 held for what runs',
    '  c2      epoch 3/4 ▁▆█  accuracy 0.8',
  ]);
});

test('a frame of a search that has only begun has no figures to invent', () => {
  const [head = '', best] = frame(starting, 100);
  assert.match(head, /^digits Accepted ░+ 0%$/);
  assert.equal(best, '  best    none yet');
});

const sizes = [20, 34, 40, 60, 80, 100, 200];
for (const columns of sizes)
  test(`at ${String(columns)} columns no line is broken`, () => {
    for (const snapshot of [starting, working, failing])
      for (const line of frame(snapshot, columns)) assert.ok(line.length < columns, line);
  });

test('however many trials run, the frame is lower than the terminal', () => {
  const many = {...working, trials: Array.from({length: 50}, () => working.trials[1] ?? assert.fail())};
  const lines = frame(many, 80, 12);
  assert.ok(lines.length < 12);
  assert.match(lines.at(-1) ?? '', /and 44 more/);
});

test('nothing is told twice, and of an earlier life only how many trials it had', () => {
  const chronicle = new Chronicle();
  const kinds = (snapshot: Snapshot): string[] => chronicle.since(snapshot).map(({kind}) => kind);
  assert.deepEqual(kinds(working), ['resumed', 'stage']);
  assert.deepEqual(kinds(working), []);
  assert.deepEqual(kinds(failing), ['ended']);
  assert.deepEqual(new Chronicle().since(starting), [{kind: 'stage', reason: 'Accepted', message: 'accepted'}]);
});

test('into a pipe goes one plain line for each trial, with its failure', () => {
  const lines: string[] = [];
  const progress = new PlainProgress({json: false, result: () => undefined, log: (line) => lines.push(line)});
  for (const snapshot of [starting, working, failing]) progress.show(snapshot);
  assert.deepEqual(
    lines.map((line) => line.replace(/\d+ (min|s).*left/, 'some time left')),
    [
      'digits: Accepted: accepted',
      'digits: Searching: 1 of 6 done',
      '[Candidate 1/6] digits-c1 accuracy 0.9 | best 0.9, baseline 0.875 | some time left | drawn at random',
      '[Candidate 2/6] digits-c2 FAILED NotANumber: the loss is NaN',
    ],
  );
});

const watched: readonly (readonly [string, boolean, NodeJS.ProcessEnv, boolean])[] = [
  ['a terminal', true, {TERM: 'xterm'}, true],
  ['a pipe', false, {TERM: 'xterm'}, false],
  ['continuous integration', true, {TERM: 'xterm', CI: 'true'}, false],
  ['a dumb terminal', true, {TERM: 'dumb'}, false],
];
for (const [what, isTTY, environment, expected] of watched)
  test(`${what} is ${expected ? '' : 'not '}watched`, () => {
    assert.equal(isWatched({isTTY}, environment), expected);
  });

interface Screen {
  /** What stands there while the view is open, and when it is closed. */
  readonly open: readonly string[];
  readonly closed: readonly string[];
  readonly bytes: string;
}

/** Plays the scene on a pseudo terminal, and what it writes on an emulated one that is narrowed at the same moments. */
async function play(
  columns: number,
  narrowed: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Screen> {
  const command = `stty cols ${String(columns)} rows 24; exec ${process.execPath} ${scene} ${narrowed.join(' ')}`;
  const {CI: _ci, NO_COLOR: _color, ...inherited} = process.env;
  const {stdout} = spawnSync('script', ['-qec', command, '/dev/null'], {
    encoding: 'utf8',
    env: {...inherited, TERM: 'xterm-256color', SHELL: '/bin/sh', ...environment},
  });
  const terminal = new xterm.Terminal({cols: columns, rows: 24, scrollback: 100, allowProposedApi: true});
  const lines = (): string[] => {
    const {active} = terminal.buffer;
    return Array.from({length: active.length}, (_, row) => active.getLine(row)?.translateToString(true) ?? '').filter(
      (line) => line !== '',
    );
  };
  let open: readonly string[] = [];
  const act = (mark: string): void => {
    if (mark === 'look') open = lines();
    else terminal.resize(Number(mark), 24);
  };
  // what the marks say stands at odd places
  for (const [at, part] of stdout.split(/\u001B\]9999;(\w+)\u0007/).entries()) {
    if (at % 2 === 1) act(part);
    else await new Promise<void>((resolve) => terminal.write(part, resolve));
  }
  return {open, closed: lines(), bytes: stdout};
}

const told = [/^Accepted: accepted$/, /^Searching: 1 of 6 done$/, /^new best c1 accuracy 0.9: 32-64 relu$/];
const failure = /^digits-c2 failed, NotANumber: the loss is NaN$/;
const drawn = [/^digits Searching/, /^ {2}best/, /^ {2}done/, /^ {2}spent/, /^ {2}c3 {6}epoch 0\/4 starting$/];

function assertLines(lines: readonly string[], patterns: readonly RegExp[]): void {
  assert.equal(lines.length, patterns.length, lines.join('\n'));
  for (const [at, pattern] of patterns.entries()) assert.match(lines[at] ?? '', pattern);
}

test('on a terminal the view is drawn over itself, news stay above it, and it is gone at the end', async () => {
  const {open, closed, bytes} = await play(100, []);
  assertLines(open, [...told, failure, /^said aside$/, ...drawn]);
  assertLines(closed, [...told, failure, /^said aside$/, /^the end$/]);
  assert.ok(bytes.includes('\u001B[31m'), 'failures are red');
  assert.ok(bytes.lastIndexOf('\u001B[?25h') > bytes.lastIndexOf('\u001B[?25l'), 'the cursor is shown again');
});

for (const narrowed of [['70'], ['60', '40'], ['120', '50'], ['34']])
  test(`on a terminal that becomes ${narrowed.join(' and then ')} columns wide nothing of older frames stays`, async () => {
    const {open, closed} = await play(100, narrowed);
    assert.equal(open.filter((line) => line.startsWith('digits Searching')).length, 1, open.join('\n'));
    for (const label of ['  best', '  done', '  spent', '  c3'])
      assert.equal(open.filter((line) => line.startsWith(label)).length, 1, open.join('\n'));
    assert.ok(!closed.some((line) => line.startsWith('  ')), closed.join('\n'));
    assert.equal(closed.at(-1), 'the end');
    assert.ok(open.length > 0 && open.join('').includes('NotANumber'), 'news are not erased');
  });

test('with NO_COLOR there are no colors', async () => {
  const {bytes, open} = await play(100, [], {NO_COLOR: '1'});
  assert.doesNotMatch(bytes, /\u001B\[\d+(;\d+)*m/);
  assertLines(open.map(stripVTControlCharacters), [...told, failure, /^said aside$/, ...drawn]);
});
