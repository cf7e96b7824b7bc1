import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import type {TrialStatus} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {aSearch, aTrial} from '../builders.ts';

const condition = (reason: string, message: string) => ({
  type: 'Progressing',
  status: 'True' as const,
  reason,
  message,
  observedGeneration: 1,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const usage = {
  gpuMilliseconds: 360_000,
  reservedGpuMilliseconds: 180_000,
  wastedGpuMilliseconds: 0,
  microDollars: 306_000,
};
const counts = {total: 3, running: 1, succeeded: 1, failed: 0, stopped: 0, duplicates: 0, skippedDuplicates: 0};

const search = (status: SearchStatus) =>
  aSearch({
    metadata: {name: 'digits'},
    spec: {
      limits: {trials: 6, parallelTrials: 2, failedTrials: 10, gpuHours: 1, cost: '3'},
      template: {gpus: 1, threads: 1, pricePerGpuHour: '3.06'},
      baseline: {type: 'Mlp', share: 0.2},
    },
    status: {startedAt: '2026-01-01T00:00:00Z', phase: 'Running', ...status},
  });

const trial = (index: number, status: TrialStatus) =>
  aTrial({metadata: {name: `digits-c${String(index)}`}, spec: {index}, status});

const done = trial(1, {
  phase: 'Succeeded',
  reason: 'Completed',
  values: {accuracy: 0.9},
  finishedAt: '2026-01-01T00:01:00Z',
  attempts: [
    {
      pod: 'digits-c1-a1',
      uid: 'u',
      reason: 'Completed',
      message: '',
      startedAt: '2026-01-01T00:00:00Z',
      finishedAt: '2026-01-01T00:01:00Z',
      gpuMilliseconds: 60_000,
      microDollars: 51_000,
      wasted: false,
    },
  ],
});
const curve: readonly CurvePoint[] = [0.5, 0.7, 0.8].map((accuracy, at) => ({epoch: at + 1, values: {accuracy}}));
const best = {trial: 'digits-c1', values: {accuracy: 0.9}, description: '32-64 relu'};
const baseline = {trial: 'digits-b1', values: {accuracy: 0.875}};

/** Nothing is known yet. */
export const starting: Snapshot = {search: search({conditions: [condition('Accepted', 'accepted')]}), trials: []};

/** One candidate is done, one is being trained. */
export const working: Snapshot = {
  search: search({conditions: [condition('Searching', '1 of 6 done')], best, baseline, usage, trials: counts}),
  trials: [done, trial(2, {phase: 'Running'})],
  curves: new Map([['digits-c2', curve]]),
};

/** The other one has failed. */
export const failing: Snapshot = {
  search: search({
    conditions: [condition('Searching', '1 of 6 done')],
    best,
    baseline,
    usage,
    trials: {...counts, failed: 1},
  }),
  trials: [
    done,
    trial(2, {phase: 'Failed', reason: 'NotANumber', message: 'the loss is NaN', finishedAt: '2026-01-01T00:01:30Z'}),
    trial(3, {phase: 'Running'}),
  ],
  curves: new Map([['digits-c3', []]]),
};
