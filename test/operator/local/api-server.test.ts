import assert from 'node:assert/strict';
import {test} from 'node:test';
import {instant} from '../../../api/quantities.ts';
import {MemoryApiServer} from '../../../operator/local/api-server.ts';
import type {JournalEntry} from '../../../operator/local/api-server.ts';
import {aLedger, aPod, aTrial, testNamespace, unsaved} from '../../builders.ts';
import {kubernetesApiContract} from '../../contract/kubernetes-api.ts';

const clock = {now: () => instant(Date.parse('2026-01-01T00:00:00.900Z'))};
const counter = (prefix: string) => {
  let count = 0;
  return () => `${prefix}-${String(++count)}`;
};
const key = (name: string) => ({namespace: testNamespace, name});
const trial = (name: string) => unsaved(aTrial({metadata: {name}}));

kubernetesApiContract('the in-memory server', () => {
  const server = new MemoryApiServer({clock, uid: counter('uid')});
  return Promise.resolve({
    api: server,
    namespace: testNamespace,
    node: 'node-1',
    bind: (...call) => server.bind(...call),
    setPodStatus: (...call) => server.setPodStatus(...call),
    forceDelete: (...call) => server.forceDelete(...call),
    collectGarbage: () => {
      server.collectGarbage();
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  });
});

/** A life with every kind of write, leaving a deletion as the last one. */
async function live(server: MemoryApiServer): Promise<void> {
  const pod = await server.create('Pod', unsaved(aPod({metadata: {name: 'pod'}})));
  await server.patch('Pod', key('pod'), {spec: {schedulingGates: null}});
  await server.bind(key('pod'), pod.metadata.uid, 'node-1');
  await server.setPodStatus(key('pod'), pod.metadata.uid, {phase: 'Running'});
  await server.delete('Pod', key('pod'));
  const ledger = await server.create('GpuLedger', unsaved(aLedger()));
  await server.update('GpuLedger', {...ledger, spec: {...ledger.spec, settledCount: 3}});
  await server.create('Trial', trial('kept'));
  await server.create('Trial', trial('gone'));
  await server.delete('Trial', key('gone'));
}

const everything = async (server: MemoryApiServer) => ({
  pods: await server.list('Pod'),
  ledgers: await server.list('GpuLedger'),
  trials: await server.list('Trial'),
});

test('a server restored from its journal has the same objects and goes on with the next version', async () => {
  const lines: string[] = [];
  const first = new MemoryApiServer({
    clock,
    uid: counter('first'),
    journal: (entry) => lines.push(JSON.stringify(entry)),
  });
  await live(first);
  const restore = lines.map((line) => JSON.parse(line) as JournalEntry);
  const second = new MemoryApiServer({clock, uid: counter('second'), restore});
  assert.deepEqual(await everything(second), await everything(first));
  const next = await second.create('Trial', trial('next'));
  assert.equal(next.metadata.resourceVersion, String((restore.at(-1)?.rv ?? 0) + 1));
});

test('a journal restored up to any entry is the state at that entry', async () => {
  const states: string[] = [];
  const entries: JournalEntry[] = [];
  const server: MemoryApiServer = new MemoryApiServer({clock, uid: counter('uid'), journal: (e) => entries.push(e)});
  const snapshot = async () => states.push(JSON.stringify(await everything(server)));
  await snapshot();
  await server.create('Trial', trial('one'));
  await snapshot();
  await server.patchStatus('Trial', key('one'), {phase: 'Running'});
  await snapshot();
  await server.delete('Trial', key('one'));
  await snapshot();
  for (const [length, state] of states.entries()) {
    const restored = new MemoryApiServer({clock, uid: counter('uid'), restore: entries.slice(0, length)});
    assert.equal(JSON.stringify(await everything(restored)), state);
  }
});

test('a write is in the journal before anybody can read it', async () => {
  const seen: unknown[] = [];
  const server: MemoryApiServer = new MemoryApiServer({
    clock,
    uid: counter('uid'),
    journal: () => void server.get('Trial', key('first')).then((found) => seen.push(found)),
  });
  await server.create('Trial', trial('first'));
  assert.deepEqual(seen, [undefined]);
});

test('a write that the journal does not take does not happen', async () => {
  const events: unknown[] = [];
  let full = false;
  const server = new MemoryApiServer({
    clock,
    uid: counter('uid'),
    journal: () => {
      if (full) throw new Error('disk full');
    },
  });
  server.watch('Trial', (event) => events.push(event));
  await server.create('Trial', trial('before'));
  const before = await everything(server);
  full = true;
  await assert.rejects(server.create('Trial', trial('lost')), /disk full/);
  await assert.rejects(server.patchStatus('Trial', key('before'), {phase: 'Running'}), /disk full/);
  await assert.rejects(server.delete('Trial', key('before')), /disk full/);
  assert.deepEqual(await everything(server), before);
  assert.equal(events.length, 1);
});

test('nothing that was handed out can be changed', async () => {
  const server = new MemoryApiServer({clock, uid: counter('uid')});
  const created = await server.create('Trial', trial('frozen'));
  assert.throws(() => Object.assign(created.spec, {index: 7}), TypeError);
  assert.throws(() => Object.assign(created.metadata, {uid: 'stolen'}), TypeError);
  const [listed] = await server.list('Trial');
  assert.throws(() => Object.assign(listed?.spec.training ?? {}, {optimizer: 'Sgd'}), TypeError);
});

test('times are whole seconds, and a deletion time is when the grace ends', async () => {
  const server = new MemoryApiServer({clock, uid: counter('uid')});
  const pod = await server.create('Pod', unsaved(aPod({metadata: {name: 'pod'}, spec: {schedulingGates: []}})));
  assert.equal(pod.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
  await server.bind(key('pod'), pod.metadata.uid, 'node-1');
  await server.delete('Pod', key('pod'));
  assert.equal((await server.get('Pod', key('pod')))?.metadata.deletionTimestamp, '2026-01-01T00:00:30Z');
  await server.forceDelete(key('pod'), pod.metadata.uid);
  assert.equal((await server.get('Pod', key('pod')))?.metadata.deletionTimestamp, '2026-01-01T00:00:00Z');
});

test('a callback of a watch may write, and end the watch, and is never called within the write', async () => {
  const server = new MemoryApiServer({clock, uid: counter('uid')});
  const seen: string[] = [];
  const stop = server.watch('Trial', ({type, object}) => {
    seen.push(`${type} ${object.metadata.name}`);
    if (type === 'Added') void server.delete('Trial', key(object.metadata.name));
    else stop();
  });
  const pending = server.create('Trial', trial('brief'));
  assert.deepEqual(seen, []);
  await pending;
  await new Promise(setImmediate);
  await server.create('Trial', trial('unseen'));
  await new Promise(setImmediate);
  assert.deepEqual(seen, ['Added brief', 'Deleted brief']);
});

test('a refusal names the field, what was found and what to do', async () => {
  const server = new MemoryApiServer({clock, uid: counter('uid')});
  const {spec, ...rest} = trial('broken');
  await assert.rejects(
    server.create('Trial', {...rest, spec: {...spec, epochs: -1}}),
    /Trial broken is invalid: spec\.epochs: .*>=0/,
  );
  const stored = await server.create('Trial', trial('stale'));
  await server.patchStatus('Trial', key('stale'), {phase: 'Running'});
  await assert.rejects(server.update('Trial', stored), /resourceVersion is 2, not 1; read it again/);
});
