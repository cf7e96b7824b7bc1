import {z} from 'zod';
import type {KubernetesObject} from './meta.ts';
import {shares} from './trial.ts';

const amount = z.strictObject({
  gpuMilliseconds: z.int().min(0).describe('GPU time in GPU-milliseconds.'),
  microDollars: z.int().min(0).describe('Cost in millionths of the currency of the prices.'),
});
export type Amount = z.output<typeof amount>;

/** What the use of a Pod came to: the first two brought a result, the others are waste (Preempted: taken away from outside). */
export const useOutcomes = ['Useful', 'StoppedEarly', 'Failed', 'Preempted'] as const;
export type UseOutcome = (typeof useOutcomes)[number];

const reservation = amount.extend({
  pod: z.string().max(63).describe('Name of the Pod.'),
  namespace: z.string().max(63).optional().describe('Namespace of the Pod.'),
  search: z.string().max(63).optional().describe('Name of its search.'),
  trial: z.string().max(63).describe('Name of its trial.'),
  share: z.enum(shares).describe('The share that it is charged to.'),
});
/** What one Pod may cost at most, keyed in the ledger by the Pod's UID. */
export type Reservation = z.output<typeof reservation>;

/**
 * The account of one search or of one budget around searches. The data is in `spec`, so that a backup keeps it. Written by compare-and-swap
 * on resourceVersion only; nobody but the operator may write it.
 */
export const ledgerSpec = z.strictObject({
  account: z
    .strictObject({
      kind: z.enum(['Search', 'Budget']).describe('Kind of the owner.'),
      name: z.string().max(63).describe('Name of the owner.'),
      uid: z.string().max(64).describe('UID of the owner.'),
    })
    .describe('Whose account it is.'),
  within: z
    .array(
      z.strictObject({
        namespace: z.string().max(63).describe('Namespace of the ledger.'),
        name: z.string().max(63).describe('Name of the ledger.'),
      }),
    )
    .max(8)
    .optional()
    .describe(
      'For the account of a search: the ledgers of the budgets around it, outermost first. A Pod is admitted in each of them.',
    ),
  limit: amount.partial().describe('A part that is left out is not limited.'),
  caps: z
    .partialRecord(z.enum(shares), amount.partial())
    .describe(
      'The most that each share may spend; what baseline and selection have not spent is kept back from the others.',
    )
    .meta({maxProperties: shares.length}),
  open: z
    .record(z.string().max(64), reservation)
    .describe('Pod UID → what is reserved for it.')
    .meta({maxProperties: 4096}),
  used: z
    .record(z.string().max(10), amount)
    .describe('Day (YYYY-MM-DD in the time zone of the budget) → what was used.')
    .meta({maxProperties: 4096}),
  usedByShare: z
    .partialRecord(z.enum(shares), amount)
    .describe('What each share has used.')
    .meta({maxProperties: shares.length}),
  usedByOutcome: z
    .partialRecord(z.enum(useOutcomes), amount)
    .optional()
    .describe('What was used, by what came of it; what an earlier version has settled is in none.')
    .meta({maxProperties: useOutcomes.length}),
  wasted: amount.describe('The part of used that brought no result: failed, evicted, interrupted attempts.'),
  overrun: amount.describe('What Pods used beyond their reservation: a kubelet that did not kill in time.'),
  settledCount: z
    .int()
    .min(0)
    .describe(
      'Raised by every settlement, also of a Pod that held no reservation, so that an admission in flight fails.',
    ),
});
export type LedgerSpec = z.output<typeof ledgerSpec>;

export interface GpuLedger extends KubernetesObject {
  readonly kind: 'GpuLedger';
  readonly spec: LedgerSpec;
}
