import {measure} from '../../search/measure.ts';
import {keyed} from '../../search/random.ts';
import {sampleParameters} from '../../search/parameters.ts';
import type {Candidate, Problem} from '../../search/strategy.ts';
import {baselineTrials, checkShares, givenTrialDuration, preflightDeadlineSeconds} from '../../api/arithmetic.ts';
import type {Stored} from '../../api/meta.ts';
import {openBaseline, openProblem} from '../../api/problem.ts';
import {fromMoney, toGpuHours, toMoney} from '../../api/quantities.ts';
import type {TrialReason} from '../../api/reasons.ts';
import type {SearchSpec} from '../../api/search.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {Action} from '../actions.ts';
import {amountOf} from '../ledger.ts';
import {gpuMilliseconds} from '../../api/quantities.ts';
import type {Situation} from '../observed.ts';
import type {Progress} from './progress.ts';
import {baselineArchitecture, fingerprints, newTrial, spaceArchitecture, trialSeed} from './trials.ts';

/** How many times the slowest Preflight trial a trial may take before its deadline. */
const margin = 3;
const shortestTrialSeconds = 30;
/** Candidates among which the costliest is looked for. */
const sampled = 64;
/** Failures that belong to one candidate's training, not to the data or the set-up. */
const unlucky: readonly TrialReason[] = ['NotANumber', 'LimitExceeded'];

/**
 * Preflight: a few trials on a part of the data, first the costliest of a sample of candidates, then the baseline, then others. It finds
 * broken data and ranges while that is cheap, learns the shape of the data, and estimates time and cost.
 */
export function preflighting(situation: Situation): Progress | undefined {
  const {search} = situation;
  const {preflight} = search.spec;
  if (preflight.mode === 'Disabled' || search.status?.preflight !== undefined) return undefined;
  const trials = situation.byPurpose.Preflight;
  const done = trials.filter(isFinished);
  const base = {phase: 'Preflight', reason: 'Preflighting'} as const;
  if (trials.length < preflight.trials)
    return {...base, message: 'trying the data and the space out', actions: propose(situation)};
  if (done.length < trials.length)
    return {...base, message: `${String(done.length)} of ${String(trials.length)} preflight trials done`, actions: []};
  return failureOf(done) ?? passed(situation, done);
}

/** What is tried, and why. */
interface Tried {
  readonly problem: Problem;
  readonly candidate: Candidate;
  readonly architecture: Trial['spec']['architecture'];
  readonly why: string;
}

function tried({search}: Situation, index: number): Tried {
  const frozen = search.status?.frozen;
  const baseline = index === 2 ? openBaseline(search.spec, frozen) : undefined;
  if (baseline !== undefined) {
    const candidate = drawn(baseline.problem, index, 0);
    const architecture = baselineArchitecture(baseline.row.type, candidate.genotype);
    return {problem: baseline.problem, candidate, architecture, why: 'the baseline'};
  }
  const problem = openProblem(search.spec, frozen);
  const candidate = costliest(problem, index);
  const architecture = spaceArchitecture(search, candidate.genotype);
  return {problem, candidate, architecture, why: `the costliest of ${String(sampled)} samples`};
}

function propose(situation: Situation): Action[] {
  const {search} = situation;
  // a number is not given again while a later one is there, so that a trial that was forced away leaves a gap
  const index = (situation.byPurpose.Preflight.at(-1)?.spec.index ?? 0) + 1;
  const {problem, candidate, architecture, why} = tried(situation, index);
  const epochs = search.spec.estimation.maxEpochs;
  const trial = newTrial(search, {
    search: search.metadata.name,
    purpose: 'Preflight',
    share: 'Preflight',
    index,
    architecture,
    ...fingerprints(problem, candidate, epochs),
    training: candidate.training,
    epochs,
    seed: trialSeed(search, 'preflight', index),
    dataFraction: search.spec.preflight.dataFraction,
    deadlineSeconds: preflightDeadlineSeconds(search.spec),
    why,
    skipped: 0,
    after: [],
  });
  return [{kind: 'CreateTrial', trial}];
}

function drawn({space, training, seed}: Problem, index: number, attempt: number): Candidate {
  const random = keyed(seed, index, 'preflight', attempt);
  return {genotype: space.sample(random), training: sampleParameters(training, random)};
}

/** FLOPs need the data's shape; where it is not known yet, the first sample will do. */
function costliest(problem: Problem, index: number): Candidate {
  const {data, space} = problem;
  const samples = Array.from({length: data === undefined ? 1 : sampled}, (_, attempt) =>
    drawn(problem, index, attempt),
  );
  const flops = (candidate: Candidate): number =>
    data === undefined ? 0 : measure(space.network(candidate.genotype, data)).flops;
  const weighed = samples.map((candidate) => ({candidate, flops: flops(candidate)}));
  return weighed.reduce((most, next) => (next.flops > most.flops ? next : most)).candidate;
}

function failureOf(trials: readonly Stored<Trial>[]): Progress | undefined {
  const failed = trials.filter(({status}) => status?.phase === 'Failed');
  const grave = failed.find(({status}) => status?.reason !== undefined && !unlucky.includes(status.reason));
  const told = grave ?? (failed.length === trials.length ? failed[0] : undefined);
  if (told === undefined) return undefined;
  const message = `${told.metadata.name} failed: ${told.status?.reason ?? ''}: ${told.status?.message ?? ''}`;
  return {
    phase: 'Failed',
    reason: 'PreflightFailed',
    message,
    actions: [],
    findings: [{type: 'PreflightPassed', status: 'False', reason: 'PreflightFailed', message}],
  };
}

/** Seconds of one full training as this trial measured it: the epochs' time grows with the data, the start does not. */
function fullSeconds(trial: Trial, spec: SearchSpec): number {
  const timing = trial.status?.timing ?? {startSeconds: 0, epochSeconds: 0};
  return timing.startSeconds + (timing.epochSeconds * spec.estimation.maxEpochs) / spec.preflight.dataFraction;
}

function passed(situation: Situation, trials: readonly Stored<Trial>[]): Progress {
  const {search} = situation;
  const measured = trials
    .filter(({status}) => status?.timing !== undefined)
    .map((trial) => fullSeconds(trial, search.spec));
  const duration =
    givenTrialDuration(search.spec) ?? Math.max(shortestTrialSeconds, Math.ceil(margin * Math.max(...measured)));
  const check = checkShares(search.spec, duration);
  if (!check.ok) {
    const message = `${check.field}: ${check.problem}; ${check.remedy}`;
    return {
      phase: 'Failed',
      reason: 'SharesTooSmall',
      message,
      actions: [],
      findings: [{type: 'PreflightPassed', status: 'False', reason: 'SharesTooSmall', message}],
    };
  }
  const data = trials.find(({status}) => status?.data !== undefined)?.status?.data;
  const preflight = estimate(search.spec, measured.reduce((sum, one) => sum + one, 0) / measured.length);
  const message = `about ${String(Math.ceil(preflight.estimatedSeconds))} s and ${preflight.estimatedGpuHours.toFixed(3)} GPU-hours for the whole search`;
  return {
    phase: 'Running',
    reason: 'PreflightPassed',
    message,
    actions: [],
    findings: [{type: 'PreflightPassed', status: 'True', reason: 'PreflightPassed', message}],
    status: {
      preflight,
      frozen: {
        ...(search.status?.frozen ?? {strategy: search.spec.strategy, strategyVersion: 0}),
        trialDurationSeconds: duration,
        ...(data === undefined ? {} : {data: {input: data.input, outputs: data.outputs}}),
      },
    },
  };
}

function estimate(spec: SearchSpec, secondsPerTrial: number): NonNullable<SearchStatus['preflight']> {
  const finals =
    spec.selection === undefined ? 0 : (spec.selection.retrain + (spec.baseline ? 1 : 0)) * spec.selection.seeds;
  const longer = (spec.selection?.epochs ?? spec.estimation.maxEpochs) / spec.estimation.maxEpochs;
  const full = (spec.limits.trials ?? 0) + (baselineTrials(spec) ?? 0) + finals * longer;
  const total = full * secondsPerTrial;
  const time = gpuMilliseconds(Math.ceil(total * spec.template.gpus * 1000));
  const price = spec.template.pricePerGpuHour;
  return {
    secondsPerTrial,
    estimatedSeconds: total / spec.limits.parallelTrials,
    estimatedGpuHours: toGpuHours(time),
    ...(price === undefined ? {} : {estimatedCost: toMoney(microDollarsOf(time, price))}),
  };
}

const microDollarsOf = (time: ReturnType<typeof gpuMilliseconds>, price: string) =>
  amountOf(time, fromMoney(price)).microDollars as ReturnType<typeof fromMoney>;
