import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Axis} from '../../../search/choices.ts';
import {begin} from '../../../search/fold.ts';
import {keyed} from '../../../search/random.ts';
import {tabular} from '../../../search/spaces/tabular.ts';
import {tpe} from '../../../search/strategies/tpe.ts';
import {densityOf} from '../../../search/strategies/tpe/density.ts';
import type {Problem, Proposal} from '../../../search/strategy.ts';
import {foldingOf, proposed, search} from './searching.ts';

const line: Axis = {name: 'x', kind: 'range', size: 0, ordered: true};
const other: Axis = {name: 'y', kind: 'range', size: 0, ordered: true};
const category: Axis = {name: 'c', kind: 'category', size: 4, ordered: false};
const smoothing = {bandwidth: 1, priorWeight: 1};
/** How much of a kernel is cut off is rounded to a part of its width. */
const rounding = 4e-3;
const close = (a: number, b: number): void => {
  assert.ok(Math.abs(a - b) < rounding, `${a}, not ${b}`);
};

test('two points on a line: the mean of two truncated normal kernels and the uniform one', () => {
  // Deviation 0.1, narrowed by 2^(-1/5) to 0.0871, and widened again to 0.5 / 3, the least for two points.
  const width = 1 / 6;
  const kernel = (x: number, centre: number, inside: number): number =>
    Math.exp(-((x - centre) ** 2) / (2 * width ** 2)) / (width * Math.sqrt(2 * Math.PI) * inside);
  // Of the kernel around 0.4, Φ(3.6) - Φ(-2.4) = 0.99164 lies in [0, 1]; of that around 0.6, as much by symmetry.
  const density = (kernel(0.5, 0.4, 0.99164) + kernel(0.5, 0.6, 0.99164) + 1) / 3;
  close(densityOf([line], [[0.4], [0.6]], smoothing).log([0.5]), Math.log(density));
});

test('categories: the point’s own and a share of all', () => {
  // Two points leave a smear of 1/3, of four categories (4/3) / (1 + 3/3) = 2/3: a kernel gives its own 1/3 + 1/6, each other 1/6.
  const density = densityOf([category], [[0], [1]], smoothing);
  close(density.log([0]), Math.log((1 / 2 + 1 / 6 + 1 / 4) / 3));
  close(density.log([3]), Math.log((1 / 6 + 1 / 6 + 1 / 4) / 3));
});

test('on an axis that a point does not have, its kernel is uniform', () => {
  const conditional = densityOf([line, other], [[0.5, null], [0.5]], smoothing);
  close(conditional.log([0.5, 0.1]), conditional.log([0.5, 0.9]));
  close(conditional.log([0.5, 0.1]), conditional.log([0.5]));
});

test('a density integrates to 1, also at the ends of the line', () => {
  const density = densityOf([line], [[0], [0.02], [1]], smoothing);
  const steps = 2_000;
  let sum = 0;
  for (let step = 0; step < steps; step += 1) sum += Math.exp(density.log([(step + 0.5) / steps])) / steps;
  close(sum, 1);
});

test('draws follow the density: about the kernels they are many', () => {
  const random = keyed(1, 0, 'test');
  const density = densityOf(
    [line],
    Array.from({length: 20}, () => [0.3]),
    smoothing,
  );
  const draws = Array.from({length: 400}, () => density.kernel(random)(line));
  const near = draws.filter((draw) => Math.abs(draw - 0.3) < 0.1).length;
  assert.ok(near > 340 && near < 400, `${near}`);
});

test('where all good results chose one of ordered categories, those beside it are drawn too', () => {
  const ordered: Axis = {name: 'n', kind: 'category', size: 8, ordered: true};
  const density = densityOf(
    [ordered],
    Array.from({length: 20}, () => [4]),
    smoothing,
  );
  const random = keyed(1, 0, 'test');
  const draws = Array.from({length: 400}, () => density.kernel(random)(ordered));
  const counts = [3, 4, 5].map((value) => draws.filter((draw) => draw === value).length);
  // Φ(-1) = 16% of a kernel of half a category's width lies on each side
  assert.ok(
    counts.every((count) => count > 40),
    counts.join(),
  );
});

const perceptrons: Problem = {
  space: tabular.open(tabular.settings.parse({})),
  training: {learningRate: {kind: 'real', min: 0.0001, max: 1, scale: 'Log'}},
  objectives: [{metric: 'loss', goal: 'Minimize'}],
  maxEpochs: 1,
  seed: 3,
};
type Perceptron = {readonly widths: readonly number[]};
/** Deep networks are good, and the more so the wider their third layer is and the closer the learning rate is to 0.01. */
function loss(_index: number, {candidate}: Proposal) {
  const {widths} = candidate.genotype as Perceptron;
  const third = widths[2] === undefined ? 2 : 1 - widths[2] / 256;
  return {loss: third + Math.abs(Math.log10(Number(candidate.training['learningRate'])) + 2)};
}

test('it finds a conditional choice and a range that matter', () => {
  const {proposals} = search(foldingOf(perceptrons, tpe), 80, loss);
  const late = proposals.slice(-20);
  const wide = late.filter(({candidate}) => (candidate.genotype as Perceptron).widths[2] === 256).length;
  assert.ok(wide >= 12, `${wide} of 20 have a wide third layer`);
  const rates = late.filter((proposal) => loss(0, proposal).loss < 0.3).length;
  assert.ok(rates >= 10, `${rates} of 20 are close to the best`);
});

test('the first candidates are random, as many as it is told to draw', () => {
  const {proposals} = search(foldingOf(perceptrons, tpe, {startTrials: 6}), 8, loss);
  assert.deepEqual(
    proposals.map(({why}) => why.startsWith('drawn at random')),
    [true, true, true, true, true, true, false, false],
  );
});

test('where a trial is under way nobody asks meanwhile', () => {
  const folding = foldingOf({...perceptrons, training: {x: {kind: 'real', min: 0, max: 1, scale: 'Linear'}}}, tpe);
  const {state} = search(folding, 30, (_index, {candidate}) => ({
    loss: Math.abs(Number(candidate.training['x']) - 0.5),
  }));
  const {problem, row, settings} = folding;
  const asked: Proposal[] = [];
  let crowded = state;
  for (let worker = 0; worker < 16; worker += 1) {
    const proposal = proposed(folding, crowded);
    asked.push(proposal);
    crowded = row.strategy.asked(problem, settings, crowded, proposal);
  }
  const distance = (proposals: readonly Proposal[]): number =>
    proposals.reduce((sum, {candidate}) => sum + Math.abs(Number(candidate.training['x']) - 0.5), 0) / proposals.length;
  assert.ok(distance(asked.slice(8)) > distance(asked.slice(0, 8)), 'later workers are sent further away');
});

test('failed trials repel: they count among the others', () => {
  const folding = foldingOf({...perceptrons, training: {x: {kind: 'real', min: 0, max: 1, scale: 'Linear'}}}, tpe);
  const fails = ({candidate}: Proposal): boolean => Number(candidate.training['x']) < 0.5;
  const {proposals} = search(folding, 60, (_index, proposal) =>
    fails(proposal) ? undefined : {loss: Number(proposal.candidate.training['x'])},
  );
  assert.ok(proposals.slice(-20).filter(fails).length < 10);
});

test('known points spare the random start', () => {
  const random = keyed(9, 0, 'prior');
  const prior = Array.from({length: 12}, () => {
    const candidate = {genotype: perceptrons.space.sample(random), training: {learningRate: 0.01}};
    return {candidate, values: {loss: 1}};
  });
  const folding = {...foldingOf(perceptrons, tpe), prior};
  assert.match(proposed(folding, begin(folding)).why, /^likeliest good of 24 draws, by 12 results$/);
});
