import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {GpuLedger, LedgerSpec} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import {lostMark} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import {instant} from '../../api/quantities.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import {aLedger, aPod} from '../builders.ts';
import {GpuTruth} from './gpu-truth.ts';
import {LedgerAudit} from './ledger-audit.ts';
import {Mirror} from './mirror.ts';

const start = Date.parse('2026-01-01T00:00:00.900Z');
const reservation = {
  gpuMilliseconds: 100_000,
  microDollars: 0,
  pod: 'pod',
  trial: 'trial',
  share: 'Candidates',
} as const;

/** A history that an audit watches: writes of the API server, and what really happens on the nodes. */
class History {
  readonly mirror = new Mirror();
  readonly truth = new GpuTruth();
  readonly audit = new LedgerAudit(this.truth);
  #now = start;
  #rv = 0;

  ledger(spec: Partial<LedgerSpec>): this {
    return this.#write('GpuLedger', aLedger({spec}), aLedger({spec}));
  }
  /** The ledger of a budget around the search. */
  budget(spec: Partial<LedgerSpec>): this {
    const account = {kind: 'Budget', name: 'budget', uid: 'uid-of-budget'} as const;
    const ledger = aLedger({metadata: {name: 'budget'}, spec: {...spec, account}});
    return this.#write('GpuLedger', ledger, ledger);
  }
  pod(uid: string, overrides: NonNullable<Parameters<typeof aPod>[0]> = {}): this {
    const pod = aPod({...overrides, metadata: {...overrides.metadata, name: uid, uid}});
    return this.#write('Pod', pod, pod);
  }
  gone(uid: string): this {
    return this.#write('Pod', aPod({metadata: {name: uid, uid}}), null);
  }
  starts(uid: string): this {
    this.truth.started(uid, 1, instant(this.#now));
    return this;
  }
  ends(uid: string): this {
    this.truth.ended(uid, instant(this.#now));
    return this;
  }
  passes(milliseconds: number): this {
    this.#now += milliseconds;
    return this.checked();
  }
  checked(): this {
    this.audit.check(this.mirror, instant(this.#now));
    return this;
  }
  closed(): readonly string[] {
    this.checked().audit.close();
    return this.audit.violations;
  }

  #write(kind: 'Pod' | 'GpuLedger', named: Stored<Pod> | Stored<GpuLedger>, object: typeof named | null): this {
    const entry = {rv: ++this.#rv, kind, key: keyOf(named.metadata), object};
    this.audit.observe(entry, this.mirror.before(entry) as typeof named | undefined);
    this.mirror.apply(entry);
    return this;
  }
}

const used = (gpuMilliseconds: number) => ({'2026-01-01': {gpuMilliseconds, microDollars: 0}});
const node = {spec: {schedulingGates: [], nodeName: 'node-1'}};

/** Admitted, run for 10 s, settled at the 11 s that whole seconds make of it, gone. */
const regular = () =>
  new History()
    .ledger({})
    .pod('a')
    .ledger({open: {a: reservation}})
    .pod('a', node)
    .starts('a')
    .passes(10_000)
    .ends('a')
    .passes(5_000)
    .ledger({used: used(11_000)})
    .gone('a');

test('a Pod that is admitted, runs, is settled and goes breaks nothing', () => {
  assert.deepEqual(regular().closed(), []);
});

const open = {a: reservation};
const within = [{namespace: 'team', name: 'budget'}];
/** Admitted in a budget and in the search's own ledger, run for 10 s. */
const inChain = () =>
  new History().budget({open}).ledger({within, open}).pod('a', node).starts('a').passes(10_000).ends('a').passes(5_000);
/** Its kubelet lets it run for 20 s beyond its reservation. */
const overran = () => {
  const history = new History();
  history.truth.unbound('a');
  return history.ledger({open}).pod('a', node).starts('a').passes(120_000).ends('a').passes(5_000);
};
const over = (gpuMilliseconds: number) => ({gpuMilliseconds, microDollars: 0});

test('a Pod that is charged the same in its whole chain breaks nothing', () => {
  const history = inChain()
    .budget({used: used(11_000)})
    .ledger({within, used: used(11_000)});
  assert.deepEqual(history.gone('a').closed(), []);
});

test('what a Pod used beyond its reservation is charged and told apart', () => {
  const history = overran().ledger({used: used(121_000), overrun: over(21_000)});
  assert.deepEqual(history.gone('a').closed(), []);
});

const breaches: Readonly<Record<string, readonly [RegExp, () => History]>> = {
  'a reservation beyond the limit': [
    /admits beyond its limit/,
    () => new History().ledger({limit: {gpuMilliseconds: 150_000}, open: {a: reservation, b: reservation}}),
  ],
  'a charge beyond the limit': [
    /holds 4000000 of 3600000/,
    () => new History().ledger({open: {a: reservation}}).ledger({used: used(4_000_000)}),
  ],
  'money beyond the limit': [
    /admits beyond its limit: 7 of 5 micro-dollars/,
    () => new History().ledger({limit: {microDollars: 5}, open: {a: {...reservation, microDollars: 7}}}),
  ],
  'a candidate that takes what is kept back for the selection': [
    /admits 100000 beside 60000 kept back, of 150000/,
    () =>
      new History().ledger({
        limit: {gpuMilliseconds: 150_000},
        caps: {Selection: {gpuMilliseconds: 60_000}},
        open: {a: reservation},
      }),
  ],
  'an admission above a limit that was lowered': [
    /admits beyond its limit: 200000 of 150000/,
    () =>
      new History()
        .ledger({open: {a: reservation}})
        .ledger({limit: {gpuMilliseconds: 150_000}, open: {a: reservation}})
        .ledger({limit: {gpuMilliseconds: 150_000}, open: {a: reservation, b: reservation}}),
  ],
  'a Pod that is bound without a reservation': [/is bound without/, () => new History().ledger({}).pod('a', node)],
  'a use that nobody reserved': [/neither reserved nor charged/, () => new History().ledger({}).starts('a')],
  'a use that outgrows its reservation': [
    /used 100001, 100000 are reserved/,
    () =>
      new History()
        .ledger({open: {a: reservation}})
        .starts('a')
        .passes(100_001),
  ],
  'a charge while the Pod still runs': [
    /a used 2000, charged 1000/,
    () =>
      new History()
        .ledger({open: {a: reservation}})
        .starts('a')
        .passes(1_000)
        .ledger({used: used(1_000)})
        .passes(1_000),
  ],
  'a reservation after the charge': [
    /admitted again after it was charged/,
    () => regular().ledger({used: used(11_000), open: {a: reservation}}),
  ],
  'a reservation of a Pod that is gone': [
    /admitted though its Pod is gone/,
    () =>
      new History()
        .ledger({})
        .pod('a')
        .gone('a')
        .ledger({open: {a: reservation}}),
  ],
  'a Pod that goes while it is reserved': [
    /reserved in team\/search though its Pod left/,
    () =>
      new History()
        .pod('a')
        .ledger({open: {a: reservation}})
        .gone('a'),
  ],
  'a Pod that is bound, reserved by its search and not by the budget around it': [
    /is bound without a reservation in team\/budget/,
    () => new History().budget({}).ledger({within, open}).pod('a', node),
  ],
  'a use that a budget has neither reserved nor charged': [
    /neither reserved nor charged in team\/budget/,
    () => new History().budget({}).ledger({within, open}).starts('a'),
  ],
  'a Pod that stays reserved in a budget when it goes': [
    /reserved in team\/budget though its Pod left/,
    () =>
      inChain()
        .ledger({within, used: used(11_000)})
        .gone('a'),
  ],
  'charges that differ within a chain': [
    /a charged unequally: 100000 in team\/budget, 11000 in team\/search/,
    () =>
      inChain()
        .budget({used: used(100_000)})
        .ledger({within, used: used(11_000)}),
  ],
  'an overrun that is not recorded': [/overran by 21000, recorded is 0/, () => overran().ledger({used: used(121_000)})],
  'a charge without a reservation': [/charged for no reservation/, () => regular().ledger({used: used(12_000)})],
  'a use that nothing came of': [
    /does not say of all that was used what came of it/,
    () => new History().ledger({open}).ledger({used: used(11_000), usedByOutcome: {Useful: over(10_000)}}),
  ],
  'a use that is told otherwise afterwards': [
    /takes back what was used as Useful/,
    () =>
      new History()
        .ledger({used: used(11_000), usedByOutcome: {Useful: over(11_000)}})
        .ledger({used: used(11_000), usedByOutcome: {Failed: over(11_000)}}),
  ],
  'a charge of more than was used': [
    /charged 12000, used 11000/,
    () =>
      new History()
        .ledger({open: {a: reservation}})
        .starts('a')
        .passes(10_000)
        .ends('a')
        .ledger({used: used(12_000)}),
  ],
};
for (const [sentence, [violation, history]] of Object.entries(breaches))
  test(`the audit finds ${sentence}`, () => {
    const violations = history().closed();
    assert.ok(
      violations.some((found) => violation.test(found)),
      JSON.stringify(violations),
    );
  });

test('a Pod that was given up as lost may be charged in full', () => {
  const history = new History()
    .ledger({open: {a: reservation}})
    .starts('a')
    .passes(10_000)
    .ends('a')
    .pod('a', {...node, metadata: {annotations: {[lostMark]: 'yes'}}})
    .ledger({used: used(100_000)});
  assert.deepEqual(history.closed(), []);
});

test('a Pod that was forced away may stay reserved until it is swept', () => {
  const history = new History().pod('a').ledger({open: {a: reservation}});
  history.audit.forced('a');
  history.gone('a').checked();
  assert.deepEqual(history.audit.violations, []);
  assert.deepEqual(history.ledger({used: used(100_000)}).closed(), []);
});

test('Pods that one write settles are judged together', () => {
  const both = (charged: number) =>
    new History()
      .ledger({open: {a: reservation, b: reservation}})
      .starts('a')
      .starts('b')
      .passes(10_000)
      .ends('a')
      .ends('b')
      .ledger({used: used(charged)})
      .closed();
  assert.deepEqual(both(22_000), []);
  assert.match(both(21_000).join(), /charged 21000, used 22000/);
});
