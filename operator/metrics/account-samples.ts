import {useOutcomes} from '../../api/ledger.ts';
import type {Amount, LedgerSpec} from '../../api/ledger.ts';
import {reservedOf, usedOf} from '../ledger.ts';
import type {Labels, Sample} from './sample.ts';

/** Of a search, or of a budget around searches. */
type Account = 'search' | 'budget';

interface Unit {
  readonly part: keyof Amount;
  readonly name: 'gpu_seconds' | 'cost_dollars';
  /** How much of the ledger's integers makes one. */
  readonly size: number;
}
const units: readonly Unit[] = [
  {part: 'gpuMilliseconds', name: 'gpu_seconds', size: 1000},
  {part: 'microDollars', name: 'cost_dollars', size: 1_000_000},
];

/** What a ledger holds. The uses of all outcomes together are what was used, exactly: each is an integer divided once. */
export function accountSamples(account: Account, labels: Labels, ledger: LedgerSpec): Sample[] {
  const overrun = ledger.overrun.gpuMilliseconds / 1000;
  return [
    ...units.flatMap((unit) => [...uses(account, labels, ledger, unit), ...amounts(account, labels, ledger, unit)]),
    {name: `archsearch_${account}_overrun_gpu_seconds_total`, labels, value: overrun},
  ];
}

function uses(account: Account, labels: Labels, ledger: LedgerSpec, {part, name, size}: Unit): Sample[] {
  const known = useOutcomes.map((outcome) => [outcome, ledger.usedByOutcome?.[outcome]?.[part] ?? 0] as const);
  const unknown = usedOf(ledger)[part] - known.reduce((sum, [, amount]) => sum + amount, 0);
  const all = unknown === 0 ? known : [...known, ['Unknown', unknown] as const];
  return all.map(([outcome, amount]) => ({
    name: `archsearch_${account}_used_${name}_total`,
    labels: {...labels, outcome},
    value: amount / size,
  }));
}

function amounts(account: Account, labels: Labels, ledger: LedgerSpec, {part, name, size}: Unit): Sample[] {
  const reserved = reservedOf(ledger)[part];
  const limit = ledger.limit[part];
  const held: Sample = {name: `archsearch_${account}_reserved_${name}`, labels, value: reserved / size};
  if (limit === undefined) return [held];
  const remaining = limit - usedOf(ledger)[part] - reserved;
  return [
    held,
    {name: `archsearch_${account}_limit_${name}`, labels, value: limit / size},
    {name: `archsearch_${account}_remaining_${name}`, labels, value: remaining / size},
  ];
}
