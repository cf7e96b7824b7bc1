import {z} from 'zod';
import {scoreOf} from '../objectives.ts';
import type {Objective} from '../objectives.ts';
import type {Curve, EarlyStopping, EarlyStoppingType} from './early-stopping.ts';

const settings = z.strictObject({
  minEpochs: z.int().min(1).max(100000).default(3).describe('Epochs that every trial is given.'),
  minTrials: z.int().min(1).max(100000).default(5).describe('Finished trials that are needed before any is stopped.'),
});
type Settings = z.output<typeof settings>;

/** The scores of a curve up to an epoch; epochs without the metric are left out. */
const scoresUpTo = (objective: Objective, {points}: Curve, epoch: number): number[] =>
  points
    .filter((point) => point.epoch <= epoch)
    .map(({values}) => scoreOf(objective, values))
    .filter(Number.isFinite);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below, above] = [sorted[middle - 1], sorted[middle]];
  if (above === undefined) return NaN;
  return sorted.length % 2 === 1 || below === undefined ? above : (below + above) / 2;
}

const text = (objective: Objective, score: number): string =>
  Number((objective.goal === 'Maximize' ? score : -score).toPrecision(4)).toString();

const rule: EarlyStopping<Settings> = {
  judge({objectives: [objective]}, {minEpochs, minTrials}, others, trial) {
    const epoch = trial.points.at(-1)?.epoch ?? 0;
    const own = scoresUpTo(objective, trial, epoch);
    if (epoch < minEpochs || own.length === 0) return {kind: 'Continue'};
    const averages = others
      .filter(({index, finished}) => finished && index !== trial.index)
      .map((curve) => scoresUpTo(objective, curve, epoch))
      .filter((scores) => scores.length > 0)
      .map(mean);
    if (averages.length < minTrials) return {kind: 'Continue'};
    const best = Math.max(...own);
    const bar = median(averages);
    if (best >= bar) return {kind: 'Continue'};
    const side = objective.goal === 'Maximize' ? 'below' : 'above';
    return {
      kind: 'Stop',
      why:
        `best ${objective.metric} by epoch ${String(epoch)} is ${text(objective, best)}, ${side} the median ` +
        `${text(objective, bar)} of ${String(averages.length)} finished trials`,
    };
  },
};

/**
 * The median stopping rule (Golovin et al. 2017, Google Vizier: a service for black-box optimization, section 3.2): a trial ends when
 * its best value so far is worse than the median, over finished trials, of their running averages up to the same epoch.
 */
export const medianStopping: EarlyStoppingType<Settings> = {type: 'Median', settings, rule};
