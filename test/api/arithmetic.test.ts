import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {
  baselineTrials,
  budgetMilliseconds,
  checkShares,
  deadlineSeconds,
  limitOf,
  preflightDeadlineSeconds,
  reservationMilliseconds,
} from '../../api/arithmetic.ts';
import type {SearchSpec} from '../../api/search.ts';
import {searchSpec} from '../../api/search.ts';

/** The design's example: 200 trials, 40 GPU-hours, trials of 10 minutes; 9 retrainings of 40 minutes inside 0.2 × 40 hours. */
const example = {
  task: 'ImageClassification',
  dataset: {builtin: 'digits'},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  searchSpace: {type: 'NasBench201'},
  estimation: {maxEpochs: 12, trialDuration: '10m'},
  limits: {trials: 200, gpuHours: 40},
  baseline: {type: 'ResNet', share: 0.1},
  selection: {retrain: 3, epochs: 48, seeds: 3, share: 0.2},
} as const;

type Changes = Partial<Record<keyof SearchSpec, unknown>>;
const spec = (changes: Changes = {}): SearchSpec => searchSpec.parse({...example, ...changes});
const seconds = (milliseconds: number): number => milliseconds / 1000;

test('a deadline grows with the epochs, and never falls below the duration of a full trial', () => {
  assert.equal(deadlineSeconds(spec(), 600, 12), 600);
  assert.equal(deadlineSeconds(spec(), 600, 48), 2400);
  assert.equal(deadlineSeconds(spec(), 600, 4), 600);
  assert.equal(deadlineSeconds(spec(), 100, 13), 109, 'rounded up: 100 × 13 / 12 = 108.33');
});

test('a reservation is the deadline with grace, slack and the second of rounding, on every GPU', () => {
  assert.equal(seconds(reservationMilliseconds(spec(), 600)), 661);
  assert.equal(seconds(reservationMilliseconds(spec({template: {gpus: 4}}), 600)), 4 * 661);
});

test("the design's nine retrainings of 40 minutes fit into 0.2 × 40 GPU-hours", () => {
  const retraining = reservationMilliseconds(spec(), deadlineSeconds(spec(), 600, 48));
  assert.equal(seconds(retraining), 40 * 60 + 61);
  assert.ok(9 * retraining > 6 * 3_600_000 && 9 * retraining < 8 * 3_600_000);
  assert.deepEqual(checkShares(spec()), {ok: true});
});

test('Preflight gives each trial its part of the GPU-hours, less the margin', () => {
  assert.equal(preflightDeadlineSeconds(spec()), (0.5 * 3600) / 2 - 61);
  assert.equal(preflightDeadlineSeconds(spec({template: {gpus: 4}})), (0.5 * 3600) / 8 - 61);
  assert.equal(preflightDeadlineSeconds(spec({preflight: {trials: 7}})), Math.floor(1800 / 7) - 61);
});

test('the baseline is tuned by its share of the trials, at least one, by none without a baseline', () => {
  assert.equal(baselineTrials(spec()), 20);
  assert.equal(baselineTrials(spec({limits: {trials: 4, gpuHours: 40}})), 1);
  assert.equal(baselineTrials(spec({baseline: undefined})), 0);
  assert.equal(baselineTrials(spec({limits: {gpuHours: 40}})), undefined);
});

test('the budget is the tighter of GPU-hours and what the cost buys', () => {
  const template = {pricePerGpuHour: '3.25'};
  assert.equal(budgetMilliseconds(spec({limits: {gpuHours: 40}})), 40 * 3_600_000);
  assert.equal(budgetMilliseconds(spec({limits: {cost: '130'}, template})), 40 * 3_600_000);
  assert.equal(budgetMilliseconds(spec({limits: {cost: '65', gpuHours: 40}, template})), 20 * 3_600_000);
  assert.equal(budgetMilliseconds(spec({limits: {trials: 5}})), undefined);
  assert.deepEqual(limitOf(spec({limits: {cost: '65', gpuHours: 40}, template})), {
    gpuMilliseconds: 40 * 3_600_000,
    microDollars: 65_000_000,
  });
  assert.deepEqual(limitOf(spec({limits: {trials: 5}})), {});
});

const refused: readonly (readonly [name: string, changes: Changes, field: string])[] = [
  ['a selection larger than its share', {limits: {gpuHours: 20}}, 'spec.selection.share'],
  ['a selection on more GPUs', {template: {gpus: 2}}, 'spec.selection.share'],
  ['a baseline larger than its share', {baseline: {type: 'ResNet', share: 0.06}}, 'spec.baseline.share'],
  [
    'a Preflight whose trials get under ten seconds',
    {preflight: {trials: 16, gpuHours: 0.3}},
    'spec.preflight.gpuHours',
  ],
  ['a Preflight larger than what the shares leave', {preflight: {gpuHours: 29}}, 'spec.preflight.gpuHours'],
  [
    'not one candidate after all that is kept back',
    {limits: {gpuHours: 1}, baseline: undefined, selection: undefined, preflight: {gpuHours: 0.9}},
    'spec.limits.gpuHours',
  ],
  [
    'not one candidate for the cost',
    {
      limits: {cost: '1'},
      template: {pricePerGpuHour: '1'},
      baseline: undefined,
      selection: undefined,
      preflight: {gpuHours: 0.9},
    },
    'spec.limits.cost',
  ],
];
for (const [name, changes, field] of refused)
  test(`${name} is refused, with the sum and the field`, () => {
    const outcome = checkShares(spec(changes));
    assert.ok(!outcome.ok);
    assert.equal(outcome.field, field);
    assert.match(outcome.problem, /\d/);
  });

test('shares wait for the duration of a trial that only Preflight knows', () => {
  const unknown = spec({estimation: {maxEpochs: 12}, limits: {gpuHours: 20}});
  assert.deepEqual(checkShares(unknown), {ok: true});
  assert.deepEqual(checkShares(unknown, 60), {ok: true});
  assert.equal(checkShares(unknown, 600).ok, false);
});

test('without a limit on GPU-hours or cost there is nothing to share', () => {
  assert.deepEqual(checkShares(spec({limits: {trials: 5}, estimation: {maxEpochs: 12, trialDuration: '99h'}})), {
    ok: true,
  });
});

test('who follows the advice on the size of the budget passes', () => {
  const durations = fc.integer({min: 1, max: 5000});
  fc.assert(
    fc.property(durations, fc.integer({min: 1, max: 8}), fc.integer({min: 1, max: 5}), (duration, gpus, seeds) => {
      const changes = (gpuHours: number): Changes => ({
        estimation: {maxEpochs: 12, trialDuration: `${String(duration)}s`},
        limits: {gpuHours},
        template: {gpus},
        selection: {seeds, share: 0.2},
        preflight: {mode: 'Disabled'},
      });
      let gpuHours = 0.5;
      for (let attempt = 0; attempt < 4; attempt += 1) {
        const outcome = checkShares(spec(changes(gpuHours)));
        if (outcome.ok) return;
        gpuHours = Number(/at least ([0-9.]+) GPU-hours/.exec(outcome.remedy)?.[1] ?? gpuHours * 2);
      }
      assert.fail(`still refused with ${String(gpuHours)} GPU-hours`);
    }),
    {numRuns: 200},
  );
});

test('who follows the advice on Preflight passes', () => {
  for (let trials = 1; trials <= 16; trials += 1)
    for (const gpus of [1, 2, 3, 4, 8, 9, 18, 64]) {
      const limited = (gpuHours: number): SearchSpec =>
        spec({template: {gpus}, limits: {trials: 9}, preflight: {trials, gpuHours}});
      const outcome = checkShares(limited(0.001));
      assert.ok(!outcome.ok);
      const advised = Number(/at least ([0-9.]+)/.exec(outcome.remedy)?.[1]);
      assert.deepEqual(checkShares(limited(advised)), {ok: true});
    }
});
