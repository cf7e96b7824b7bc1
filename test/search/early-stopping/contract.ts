import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {Curve, CurvePoint, EarlyStoppingType} from '../../../search/early-stopping/early-stopping.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import type {Problem} from '../../../search/strategy.ts';
import {frozen} from '../strategies/play.ts';

export const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 20,
  seed: 1,
};
const losing: Problem = {...problem, objectives: [{metric: 'accuracy', goal: 'Minimize'}]};

export const curve = (index: number, accuracies: readonly number[], finished = true): Curve => ({
  index,
  finished,
  points: accuracies.map((accuracy, at) => ({epoch: at + 1, values: {accuracy}})),
});

const accuracies = fc.array(fc.integer({min: 0, max: 100}), {minLength: 1, maxLength: 10});
const others = fc.array(accuracies, {maxLength: 12});
const curves = (all: readonly (readonly number[])[]): Curve[] => all.map((each, at) => curve(at + 1, each));

/** What every early-stopping rule keeps to. */
export function earlyStoppingContract(row: EarlyStoppingType): void {
  const settings = row.settings.parse({});
  const judge = (of: Problem, all: readonly Curve[], trial: Curve) =>
    row.rule.judge(frozen(of), settings, frozen(all), frozen(trial));

  test(`${row.type}: nothing is stopped before it has reported, or while nothing else has`, () => {
    fc.assert(
      fc.property(others, accuracies, (all, own) => {
        assert.equal(judge(problem, curves(all), curve(99, [], false)).kind, 'Continue');
        assert.equal(judge(problem, [], curve(99, own, false)).kind, 'Continue');
      }),
    );
  });

  test(`${row.type}: the answer is the same each time, and in whatever order the others are given`, () => {
    fc.assert(
      fc.property(others, accuracies, (all, own) => {
        const trial = curve(99, own, false);
        const judgement = judge(problem, curves(all), trial);
        assert.deepEqual(judge(problem, curves(all), trial), judgement);
        assert.deepEqual(judge(problem, curves(all).reverse(), trial), judgement);
      }),
    );
  });

  test(`${row.type}: a trial that is better than all others at every epoch goes on`, () => {
    fc.assert(
      fc.property(others, accuracies, (all, own) => {
        const best = curve(
          99,
          own.map((each) => each + 101),
          false,
        );
        const least = curve(
          99,
          own.map((each) => each - 101),
          false,
        );
        assert.equal(judge(problem, curves(all), best).kind, 'Continue');
        assert.equal(judge(losing, curves(all), least).kind, 'Continue');
      }),
    );
  });

  test(`${row.type}: a stop says why in one line`, () => {
    const good = Array.from({length: 50}, () => new Array<number>(20).fill(90));
    const judgement = judge(problem, curves(good), curve(99, new Array<number>(20).fill(10), false));
    assert.ok(judgement.kind === 'Stop');
    assert.match(judgement.why, /^[^\n]{1,512}$/);
  });

  test(`${row.type}: epochs that lack the metric are passed over`, () => {
    const point: CurvePoint = {epoch: 9, values: {}};
    const bare: Curve = {index: 99, finished: false, points: [point]};
    assert.equal(judge(problem, curves([[1, 2, 3]]), bare).kind, 'Continue');
  });
}
