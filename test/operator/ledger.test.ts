import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {useOutcomes} from '../../api/ledger.ts';
import type {Amount, LedgerSpec, Reservation} from '../../api/ledger.ts';
import {admit, limitsOf, reservedOf, roomFor, settle, usedOf} from '../../operator/ledger.ts';
import type {Settlement} from '../../operator/ledger.ts';
import {shares} from '../../api/trial.ts';
import {aLedger, aSearch} from '../builders.ts';

const hour = 3_600_000;
const reservation = (gpuMilliseconds: number, share: Reservation['share'] = 'Candidates'): Reservation => ({
  gpuMilliseconds,
  microDollars: 0,
  pod: 'pod',
  trial: 'trial',
  share,
});
const charge = (gpuMilliseconds: number) => ({gpuMilliseconds, microDollars: 0});
const day = '2026-01-01';
const ledgerWith = (spec: Partial<LedgerSpec>): LedgerSpec => aLedger({spec}).spec;

const rooms: readonly {
  readonly name: string;
  readonly ledger: Partial<LedgerSpec>;
  readonly wanted: Reservation;
  readonly room: object;
}[] = [
  {name: 'an empty account has room up to its limit', ledger: {}, wanted: reservation(hour), room: {kind: 'Room'}},
  {
    name: 'one millisecond more than the limit has no room',
    ledger: {},
    wanted: reservation(hour + 1),
    room: {kind: 'Full', part: 'gpuMilliseconds', scope: 'Limit'},
  },
  {
    name: 'what is reserved and what is used count alike',
    ledger: {open: {a: reservation(hour / 2)}, used: {[day]: charge(hour / 4)}},
    wanted: reservation(hour / 4 + 1),
    room: {kind: 'Full', part: 'gpuMilliseconds', scope: 'Limit'},
  },
  {
    name: 'what baseline has not spent is kept back from the candidates',
    ledger: {caps: {Baseline: {gpuMilliseconds: hour / 4}}},
    wanted: reservation((hour * 3) / 4 + 1),
    room: {kind: 'Full', part: 'gpuMilliseconds', scope: 'Limit'},
  },
  {
    name: 'what baseline has spent is not kept back a second time',
    ledger: {
      caps: {Baseline: {gpuMilliseconds: hour / 4}},
      used: {[day]: charge(hour / 4)},
      usedByShare: {Baseline: charge(hour / 4)},
    },
    wanted: reservation((hour * 3) / 4),
    room: {kind: 'Room'},
  },
  {
    name: 'a share may not spend more than its cap, however empty the account',
    ledger: {caps: {Selection: {gpuMilliseconds: hour / 4}}},
    wanted: reservation(hour / 4 + 1, 'Selection'),
    room: {kind: 'Full', part: 'gpuMilliseconds', scope: 'Share'},
  },
  {
    name: 'what preflight leaves of its cap is free for the candidates',
    ledger: {caps: {Preflight: {gpuMilliseconds: hour / 2}}},
    wanted: reservation(hour),
    room: {kind: 'Room'},
  },
  {
    name: 'money is a limit of its own',
    ledger: {limit: {microDollars: 1_000_000}},
    wanted: {...reservation(hour), microDollars: 1_000_001},
    room: {kind: 'Full', part: 'microDollars', scope: 'Limit'},
  },
  {name: 'an account without a limit has room', ledger: {limit: {}}, wanted: reservation(1e15), room: {kind: 'Room'}},
];

for (const {name, ledger, wanted, room} of rooms)
  test(name, () => {
    assert.deepEqual(roomFor(ledgerWith(ledger), wanted), room);
  });

test('admitting twice reserves once', () => {
  const once = admit(ledgerWith({}), 'uid', reservation(hour));
  assert.ok(once);
  assert.equal(admit(once, 'uid', reservation(hour)), once);
});

test('settling twice charges once, and is written both times, so that an admission in flight fails', () => {
  const open = ledgerWith({open: {uid: reservation(1000)}});
  const settlement: Settlement = {uid: 'uid', charge: charge(400), outcome: 'Useful', day};
  const once = settle(open, settlement);
  const twice = settle(once, settlement);
  assert.equal(usedOf(twice).gpuMilliseconds, 400);
  assert.deepEqual(twice.open, {});
  assert.deepEqual([once.settledCount, twice.settledCount], [1, 2]);
});

test('a lost Pod is charged its whole reservation', () => {
  const settled = settle(ledgerWith({open: {uid: reservation(1000)}}), {
    uid: 'uid',
    charge: 'Full',
    outcome: 'Preempted',
    day,
  });
  assert.deepEqual([usedOf(settled).gpuMilliseconds, settled.wasted.gpuMilliseconds], [1000, 1000]);
});

test('use beyond the reservation is charged and told as overrun', () => {
  const settled = settle(ledgerWith({open: {uid: reservation(1000)}}), {
    uid: 'uid',
    charge: charge(1300),
    outcome: 'StoppedEarly',
    day,
  });
  assert.deepEqual([usedOf(settled).gpuMilliseconds, settled.overrun.gpuMilliseconds], [1300, 300]);
});

const total = (amounts: readonly (Amount | undefined)[]): number =>
  amounts.reduce((sum, amount) => sum + (amount?.gpuMilliseconds ?? 0), 0);

function assertSumsByOutcome(ledger: LedgerSpec): void {
  const {usedByOutcome = {}, wasted} = ledger;
  assert.equal(total(Object.values(usedByOutcome)), usedOf(ledger).gpuMilliseconds, 'every use has one outcome');
  assert.equal(total([usedByOutcome.Failed, usedByOutcome.Preempted]), wasted.gpuMilliseconds, 'two of them are waste');
}

test('no sequence of admissions and settlements within the reservations passes the limit or eats a share that is kept back', () => {
  const step = fc.record({
    uid: fc.integer({min: 0, max: 9}).map((n) => `uid-${String(n)}`),
    admit: fc.boolean(),
    amount: fc.integer({min: 1, max: hour}),
    part: fc.double({min: 0, max: 1, noNaN: true}),
    share: fc.constantFrom(...shares),
    outcome: fc.constantFrom(...useOutcomes),
  });
  const caps = {
    Baseline: {gpuMilliseconds: hour / 5},
    Selection: {gpuMilliseconds: hour / 4},
    Preflight: {gpuMilliseconds: hour / 10},
  };
  fc.assert(
    fc.property(fc.array(step, {maxLength: 60}), (steps) => {
      let ledger = ledgerWith({caps});
      for (const {uid, admit: enter, amount, part, share, outcome} of steps) {
        const reserved = ledger.open[uid];
        if (enter) ledger = admit(ledger, uid, reservation(amount, share)) ?? ledger;
        else if (reserved !== undefined) {
          const used = Math.floor(reserved.gpuMilliseconds * part);
          ledger = settle(ledger, {uid, charge: charge(used), outcome, day});
        }
        const spoken = usedOf(ledger).gpuMilliseconds + reservedOf(ledger).gpuMilliseconds;
        assert.ok(spoken <= hour);
        assertSumsByOutcome(ledger);
        const keeps = roomFor(ledger, reservation(0, 'Selection'));
        assert.equal(keeps.kind, 'Room', 'nothing was taken from what is kept back');
      }
    }),
    {numRuns: 300},
  );
});

test('the limits of a search become those of its account: GPU-hours rounded down, shares of them kept back', () => {
  const search = aSearch({
    spec: {
      limits: {trials: 6, parallelTrials: 2, failedTrials: 10, gpuHours: 1.0000001, cost: '3.06'},
      baseline: {type: 'Mlp', share: 0.1},
      selection: {retrain: 1, seeds: 1, share: 0.25},
      preflight: {mode: 'Enabled', trials: 2, dataFraction: 0.1, gpuHours: 0.5},
    },
  });
  assert.deepEqual(limitsOf(search), {
    limit: {gpuMilliseconds: hour, microDollars: 3_060_000},
    caps: {
      Preflight: {gpuMilliseconds: hour / 2},
      Baseline: {gpuMilliseconds: hour / 10, microDollars: 306_000},
      Selection: {gpuMilliseconds: hour / 4, microDollars: 765_000},
    },
  });
});
