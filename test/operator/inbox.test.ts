import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import fc from 'fast-check';
import {encode, subjects} from '../../api/subjects.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import {Inbox} from '../../operator/inbox.ts';

const here: TrialAddress = {search: 'search', trial: 'trial'};
const point = (epoch: number, accuracy = epoch / 100) => ({epoch, values: {accuracy}});
const epochBytes = (pod: string, epoch: number, accuracy?: number) =>
  encode({version: 1, pod, message: {kind: 'epoch', step: epoch, point: point(epoch, accuracy)}});
const take = (inbox: Inbox, pod: string, epoch: number, accuracy?: number) =>
  inbox.take(subjects.message(here, 'epoch'), epochBytes(pod, epoch, accuracy));

describe('The inbox', () => {
  it('makes the same curve of every order and repetition of the same messages', () => {
    const deliveries = fc.array(fc.integer({min: 1, max: 12}), {maxLength: 60});
    fc.assert(
      fc.property(deliveries, (epochs) => {
        const inbox = new Inbox(() => true);
        for (const epoch of epochs) take(inbox, 'pod', epoch);
        const distinct = [...new Set(epochs)].sort((a, b) => a - b);
        assert.deepEqual(
          inbox.hints().get('pod') ?? [],
          distinct.map((epoch) => point(epoch)),
        );
        assert.equal(inbox.dropped.duplicate, epochs.length - distinct.length);
      }),
    );
  });

  it('never throws, whatever comes, and lets no rubbish through', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => new TextEncoder().encode(text)),
        ),
        (subject, bytes) => {
          const inbox = new Inbox(() => true);
          assert.equal(inbox.take(subject, bytes), undefined);
          assert.equal(inbox.take(subjects.message(here, 'epoch'), bytes), undefined);
          assert.deepEqual(inbox.dropped, {garbage: 2, unknownPod: 0, duplicate: 0, tooLarge: 0});
        },
      ),
    );
  });

  it('answers whose news it is, and nothing for what is old', () => {
    const inbox = new Inbox(() => true);
    assert.deepEqual([take(inbox, 'pod', 1), take(inbox, 'pod', 1)], [here, undefined]);
  });

  it('does not change a curve that it has shown', () => {
    const inbox = new Inbox(() => true);
    take(inbox, 'pod', 2);
    const shown = inbox.hints().get('pod');
    take(inbox, 'pod', 1);
    assert.deepEqual(shown, [point(2)]);
  });

  it('lets a forger on another subject neither speak for a Pod nor silence it', () => {
    const inbox = new Inbox((_pod, {trial}) => trial === here.trial);
    inbox.take(subjects.message({...here, trial: 'forger'}, 'epoch'), epochBytes('pod', 1, 0.99));
    take(inbox, 'pod', 1, 0.5);
    assert.deepEqual(inbox.hints().get('pod'), [point(1, 0.5)]);
  });

  it('keeps what Pods say that are not known yet, those longest that spoke last, and no more than it may', () => {
    const known = new Set<string>();
    const inbox = new Inbox((pod) => known.has(pod), 100);
    for (let pod = 0; pod < 50; pod++) for (const epoch of [1, 2, 3]) take(inbox, `pod-${String(pod)}`, epoch);
    for (let pod = 0; pod < 50; pod++) known.add(`pod-${String(pod)}`);
    const hints = inbox.hints();
    assert.ok(hints.has('pod-49') && !hints.has('pod-0'), [...hints.keys()].join(' '));
    assert.ok(3 * hints.size <= 100, `${hints.size} Pods are remembered`);
    assert.equal(inbox.dropped.unknownPod + 3 * hints.size, 150);
  });

  it('forgets no Pod that runs, however many others talk', () => {
    const inbox = new Inbox((pod) => pod === 'running', 10);
    take(inbox, 'running', 1);
    for (let pod = 0; pod < 100; pod++) take(inbox, `stranger-${String(pod)}`, 1);
    assert.deepEqual([...inbox.hints().keys()], ['running']);
  });

  it('shows a Pod no more once it does not run', () => {
    const known = new Set(['pod']);
    const inbox = new Inbox((pod) => known.has(pod));
    take(inbox, 'pod', 1);
    known.delete('pod');
    assert.equal(inbox.hints().size, 0);
  });
});
