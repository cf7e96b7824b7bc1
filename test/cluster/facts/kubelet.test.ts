import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {setTimeout as pause} from 'node:timers/promises';
import type {Stored} from '../../../api/meta.ts';
import type {Pod} from '../../../api/pod.ts';
import {agreed} from '../cluster.ts';
import {containerOf, namespaceOfSuite} from '../namespace.ts';

// What a kubelet does on its own, whether an operator is there or not, and what it writes down.

const ignoresSigterm = 'trap "" TERM; while :; do sleep 1; done';
const terminated = (pod: Stored<Pod>) => containerOf(pod).state?.terminated;
const seconds = (time: string | undefined): number => Date.parse(time ?? '') / 1000;
const wholeSeconds = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

describe('the kubelet', {concurrency: 8}, () => {
  const namespace = namespaceOfSuite('kubelet');

  test('writes times in whole seconds, cut off, so that end − start + 1 s never falls short', async () => {
    await namespace().create('timed', {script: 'sleep 1.2; date +%s >/dev/termination-log'});
    const pod = await namespace().untilEnded('timed');
    const {startTime} = pod.status ?? {};
    const {startedAt, finishedAt, message} = terminated(pod) ?? {};
    for (const time of [pod.metadata.creationTimestamp, startTime, startedAt, finishedAt])
      assert.match(time ?? '', wholeSeconds);
    const lastAct = Number(message?.trim());
    assert.ok(seconds(finishedAt) >= lastAct, `${String(finishedAt)} is before ${String(lastAct)}`);
    assert.ok(seconds(startTime) <= seconds(startedAt) && seconds(startedAt) <= seconds(finishedAt));
    assert.ok(seconds(finishedAt) - seconds(startTime) + 1 >= 1.2);
  });

  test('refuses what its node cannot hold: Failed, "Pod was rejected: …", and no container status', async () => {
    const {metadata} = await namespace().create('refused', {gpus: 99, spec: {schedulerName: 'nobody'}});
    await agreed(namespace().bind('refused', metadata.uid, 'node-a'));
    const {status} = await namespace().untilEnded('refused');
    assert.equal(status?.phase, 'Failed');
    assert.match(status.message ?? '', /^Pod was rejected: /);
    assert.equal(status.containerStatuses, undefined);
  });

  test('ends a Pod at its deadline and grace, also one that ignores SIGTERM, and keeps its termination message', async () => {
    const spec = {activeDeadlineSeconds: 10, terminationGracePeriodSeconds: 1};
    await namespace().create('overdue', {script: `echo so far >/dev/termination-log; ${ignoresSigterm}`, spec});
    const pod = await namespace().untilEnded('overdue', 40);
    assert.deepEqual([pod.status?.phase, pod.status?.reason], ['Failed', 'DeadlineExceeded']);
    const {finishedAt, exitCode, message} = terminated(pod) ?? {};
    const took = seconds(finishedAt) - seconds(pod.status?.startTime);
    // The slack of a reservation is 30 s; the kubelet stays far below it.
    assert.ok(took >= 10 && took <= 10 + 1 + 15, `it took ${String(took)} s`);
    assert.equal(exitCode, 137);
    assert.equal(message, 'so far\n');
  });

  test('counts the deadline from startTime, image pull included, and gives no end time to a container that never began', async () => {
    const container = {name: 'trial', image: 'registry.local/does-not-exist:1', imagePullPolicy: 'Never'};
    await namespace().create('never-began', {spec: {activeDeadlineSeconds: 3, containers: [container]}});
    const pod = await namespace().untilEnded('never-began', 40);
    assert.equal(pod.status?.reason, 'DeadlineExceeded');
    assert.ok(pod.status.startTime !== undefined);
    assert.equal(terminated(pod)?.finishedAt ?? undefined, undefined);
  });

  test('obeys no deadline while a deletion with a longer grace is under way, and no second deletion with a shorter one', async () => {
    const spec = {activeDeadlineSeconds: 10, terminationGracePeriodSeconds: 1};
    const pod = await namespace().create('stretched', {script: ignoresSigterm, spec});
    const {status} = await namespace().untilRunning('stretched');
    await agreed(namespace().delete('stretched', {gracePeriodSeconds: 60}));
    const marked = await namespace().get('stretched');
    assert.equal(marked?.metadata.deletionGracePeriodSeconds, 60);
    const deadline = Date.parse(status?.startTime ?? '') + 10_000;
    await pause(deadline + 1_000 + 8_000 - Date.now());
    assert.ok(containerOf(await namespace().get('stretched')).state?.running !== undefined);
    await agreed(namespace().delete('stretched', {gracePeriodSeconds: 1}));
    await pause(6_000);
    const after = await namespace().get('stretched');
    assert.equal(after?.metadata.uid, pod.metadata.uid);
    assert.ok(containerOf(after).state?.running !== undefined);
  });

  test('gives every container its devices and takes them back when the Pod has ended', async () => {
    const script = 'echo "$NVIDIA_VISIBLE_DEVICES" >/dev/termination-log';
    for (const name of ['first-eight', 'second-eight']) {
      await namespace().create(name, {script, gpus: 3, spec: {activeDeadlineSeconds: 60}});
    }
    for (const name of ['first-eight', 'second-eight']) {
      const message = terminated(await namespace().untilEnded(name))?.message ?? '';
      assert.equal(new Set(message.trim().split(',')).size, 3, message);
    }
  });
});
