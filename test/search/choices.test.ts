import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {build, chosenOf, cross, drawOn} from '../../search/choices.ts';
import {sampleCandidate} from '../../search/drawing.ts';
import {keyed} from '../../search/random.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {tabular} from '../../search/spaces/tabular.ts';
import type {Problem} from '../../search/strategy.ts';

const objectives = [{metric: 'accuracy', goal: 'Maximize'}] as const;
const training: Problem['training'] = {
  learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'},
  batchSize: {kind: 'integer', min: 16, max: 512, scale: 'Log'},
  optimizer: {kind: 'choice', choices: ['Adam', 'Momentum', 'Sgd']},
  schedule: {kind: 'fixed', value: 'Cosine'},
};
const cells: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training,
  objectives,
  maxEpochs: 1,
  seed: 1,
};
const perceptrons: Problem = {...cells, space: tabular.open(tabular.settings.parse({}))};

for (const [what, problem] of Object.entries({cells, perceptrons})) {
  test(`${what}: a candidate is what was chosen for it`, () => {
    fc.assert(
      fc.property(fc.nat(), (index) => {
        const candidate = sampleCandidate(problem, keyed(1, index, 'test'));
        const chosen = new Map(chosenOf(problem, candidate).map(({axis, value}) => [axis.name, value]));
        assert.deepEqual(
          build(problem, ({name}) => chosen.get(name) ?? NaN),
          candidate,
        );
      }),
    );
  });

  test(`${what}: axes of one name are the same for every candidate, and fixed settings are none`, () => {
    const axes = new Map<string, unknown>();
    for (let index = 0; index < 50; index += 1)
      for (const {axis} of chosenOf(problem, sampleCandidate(problem, keyed(2, index, 'test')))) {
        assert.deepEqual(axis, axes.get(axis.name) ?? axis);
        axes.set(axis.name, axis);
      }
    assert.ok(axes.has('training.optimizer') && !axes.has('training.schedule'));
  });

  test(`${what}: a crossed candidate has what both parents chose, and what one of them chose`, () => {
    fc.assert(
      fc.property(fc.nat(), (index) => {
        const random = keyed(3, index, 'test');
        const parents = [sampleCandidate(problem, random), sampleCandidate(problem, random)] as const;
        const [first, second] = parents.map(
          (parent) => new Map(chosenOf(problem, parent).map(({axis, value}) => [axis.name, value])),
        );
        for (const {axis, value} of chosenOf(problem, cross(problem, parents, random))) {
          const known = [first?.get(axis.name), second?.get(axis.name)].filter((each) => each !== undefined);
          assert.ok(known.length === 0 || known.includes(value), axis.name);
        }
      }),
    );
  });
}

test('a perceptron has a width for each of its layers and no other', () => {
  const [shallow, deep] = [1, 4].map((layers) =>
    build(perceptrons, (axis) => (axis.name === 'layers' ? layers - 1 : drawOn(axis, keyed(1, 0, axis.name)))),
  );
  const widths = (candidate: typeof shallow): number =>
    chosenOf(perceptrons, candidate ?? {genotype: null, training: {}}).filter(({axis}) =>
      axis.name.startsWith('widths'),
    ).length;
  assert.deepEqual([widths(shallow), widths(deep)], [1, 4]);
});

test('a space that is not told as decisions is refused with a remedy', () => {
  const {decisions: _, ...opaque} = cells.space;
  const problem = {...cells, space: opaque};
  assert.throws(() => build(problem, () => 0), /searchSpace: the space has no decisions.*choose RegularizedEvolution/);
});
