import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {BusState} from '../../../operator/ports.ts';
import {accepted, at, conditionOf, planOf, searchOf, statusOf} from './situations.ts';

const away = (seconds: number): BusState => ({connected: false, since: at(60 - seconds), reason: 'connection refused'});
const back: BusState = {connected: true, since: at(60)};
const toldWith = (bus: BusState | undefined, search = searchOf()) =>
  conditionOf(planOf({search, ...(bus && {bus})}), 'MessagesArriving');

test('NATS that is away for longer than a restart takes is told, with what is missing without it', () => {
  const {status, reason, message = ''} = toldWith(away(31)) ?? {};
  assert.deepEqual([status, reason], ['False', 'NatsUnreachable']);
  assert.match(message, /connection refused.*results come from the Pods/);
});

for (const [what, bus] of [
  ['that is away for a moment', away(29)],
  ['that was never away', back],
  ['that is not used at all', undefined],
] as const)
  test(`nothing is told of a NATS ${what}`, () => {
    assert.equal(toldWith(bus), undefined);
  });

test('NATS that is back is told, and a finished search is left as it is', () => {
  const told = statusOf(planOf({bus: away(31)}));
  assert.equal(toldWith(back, searchOf({}, {...accepted, ...told}))?.status, 'True');
  const over = searchOf({}, {...accepted, phase: 'Succeeded', finishedAt: accepted.startedAt ?? ''});
  assert.equal(toldWith(away(31), over), undefined);
});

test('NATS that lets everybody in is told, with what to do; and that it does so no more', () => {
  const told = (open: boolean, search = searchOf()) =>
    conditionOf(planOf({search, bus: {...back, open}}), 'MessagesTrusted');
  const {status, reason, message = ''} = told(true) ?? {};
  assert.deepEqual([status, reason], ['False', 'IdentityDisabled']);
  assert.match(message, /nats\.identity: Token/);
  assert.equal(told(false), undefined);
  const before = searchOf({}, {...accepted, ...statusOf(planOf({bus: {...back, open: true}}))});
  assert.equal(told(false, before)?.status, 'True');
});

test('graces that nothing guards are told, with what to do; and that they are guarded again', () => {
  const told = (graceGuarded: boolean | undefined, search = searchOf()) =>
    conditionOf(planOf({search, graceGuarded}), 'GraceGuarded');
  const {status, reason, message = ''} = told(false) ?? {};
  assert.deepEqual([status, reason], ['False', 'GraceUnguarded']);
  assert.match(message, /install the policies of the chart/);
  assert.deepEqual([told(undefined), told(true)], [undefined, undefined]);
  const before = searchOf({}, {...accepted, ...statusOf(planOf({graceGuarded: false}))});
  assert.equal(told(true, before)?.status, 'True');
});
