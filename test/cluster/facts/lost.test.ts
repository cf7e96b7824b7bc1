import assert from 'node:assert/strict';
import {after, describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import type {ContainerStatus, Pod} from '../../../api/pod.ts';
import {agreed, call, onContainerd, setPart} from '../cluster.ts';
import {containerOf, namespaceOfSuite} from '../namespace.ts';

// How a bound Pod can end without anybody knowing when: no end time is written, so the ledger charges the full reservation.

const held = {finalizers: ['archsearch.dev/facts']};
const stateOf = (pod: Stored<Pod> | undefined) => containerOf(pod).state;

/** What the API server's type knows beyond what the operator reads. */
type FullStatus = ContainerStatus & {readonly containerID?: string; readonly lastState?: ContainerStatus['state']};

/** How the container ended: in `state` or, of one that "is creating" for ever, in `lastState`. */
const endOf = ({state, lastState}: FullStatus) => state?.terminated ?? lastState?.terminated ?? assert.fail('no end');

/** Takes a container away behind the kubelet's back, so that nobody knows what became of it. */
async function makeVanish({containerID = ''}: FullStatus): Promise<void> {
  const id = containerID.replace('containerd://', '');
  await onContainerd('node-b', ['tasks', 'kill', '--signal', 'SIGKILL', id]);
  await pause(500);
  await onContainerd('node-b', ['tasks', 'delete', '--force', id]).catch(() => undefined);
  await onContainerd('node-b', ['containers', 'delete', id]);
  // containerd remembers what it ran until it starts again.
  await setPart('containerd', 'node-b', 'stop');
  await setPart('containerd', 'node-b', 'start');
}

describe('without its kubelet', {concurrency: 4}, () => {
  const namespace = namespaceOfSuite('lost');
  const nodes: string[] = [];
  after(() => Promise.all(nodes.map((name) => call('DELETE', `/api/v1/nodes/${name}`))));

  /** A Pod that runs, so its status says, on a node that is nothing but an object. */
  async function onPaperNode(name: string, taints: readonly object[] = []): Promise<string> {
    const node = `paper-${name}-${namespace().name}`;
    await agreed(call('POST', '/api/v1/nodes', {metadata: {name: node}, spec: {taints}}));
    nodes.push(node);
    const spec = {schedulerName: 'nobody', tolerations: [{operator: 'Exists'}]};
    const {metadata} = await namespace().create(name, {metadata: held, spec});
    await agreed(namespace().bind(name, metadata.uid, node));
    const startTime = '2026-01-01T00:00:00Z';
    const running = {
      name: 'trial',
      state: {running: {startedAt: startTime}},
      ready: true,
      image: '',
      imageID: '',
      restartCount: 0,
    };
    await namespace().setStatus(name, {phase: 'Running', startTime, containerStatuses: [running]});
    return node;
  }

  test('a Pod whose node is no more is made Failed by Pod GC, with no end time', async () => {
    const node = await onPaperNode('orphan');
    await agreed(call('DELETE', `/api/v1/nodes/${node}`));
    const pod = await namespace().untilEnded('orphan', 120);
    assert.equal(pod.status?.phase, 'Failed');
    assert.deepEqual(stateOf(pod), {running: {startedAt: '2026-01-01T00:00:00Z'}});
    assert.equal(pod.status.conditions?.find(({type}) => type === 'DisruptionTarget')?.reason, 'DeletionByPodGC');
  });

  test('a Pod that is being deleted on a node out of service is made Failed, with no end time and no condition', async () => {
    await onPaperNode('out-of-service', [{key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute'}]);
    await agreed(namespace().delete('out-of-service'));
    const pod = await namespace().untilEnded('out-of-service', 120);
    assert.equal(pod.status?.phase, 'Failed');
    assert.deepEqual(stateOf(pod), {running: {startedAt: '2026-01-01T00:00:00Z'}});
    assert.equal(
      pod.status.conditions?.find(({type}) => type === 'DisruptionTarget'),
      undefined,
    );
  });

  test('a Pod whose kubelet dies stays, deleted or not; a container that then vanished ends as ContainerStatusUnknown, with no end time', async () => {
    await namespace().create('silent', {node: 'node-b', metadata: held});
    const before = await namespace().untilRunning('silent');
    await setPart('kubelet', 'node-b', 'stop');
    try {
      await agreed(namespace().delete('silent'));
      await pause(2_000 + 6_000);
      const silent = await namespace().get('silent');
      assert.equal(silent?.status?.phase, 'Running');
      assert.deepEqual(stateOf(silent), stateOf(before));
      await makeVanish(containerOf(before));
    } finally {
      await setPart('kubelet', 'node-b', 'start');
    }
    const pod = await namespace().untilEnded('silent', 60);
    assert.equal(pod.status?.phase, 'Failed');
    const {reason, exitCode, finishedAt} = endOf(containerOf(pod));
    assert.deepEqual({reason, exitCode}, {reason: 'ContainerStatusUnknown', exitCode: 137});
    assert.equal(finishedAt ?? undefined, undefined);
  });
});
