import assert from 'node:assert/strict';
import {test} from 'node:test';
import {begin, tellAll} from '../../../search/fold.ts';
import type {Folding} from '../../../search/fold.ts';
import type {ParameterSpace} from '../../../search/parameters.ts';
import {oneArchitecture} from '../../../search/simulation/one-architecture.ts';
import {blendSearch} from '../../../search/strategies/blend-search.ts';
import {costFrugal} from '../../../search/strategies/cost-frugal.ts';
import type {LocalState} from '../../../search/strategies/local-threads/search.ts';
import {beginThread, improved, unimproved} from '../../../search/strategies/local-threads/thread.ts';
import type {Problem, Proposal, StrategyType} from '../../../search/strategy.ts';

const training: ParameterSpace = {
  size: {kind: 'real', min: 0, max: 1, scale: 'Linear'},
  rate: {kind: 'real', min: 0, max: 1, scale: 'Linear'},
  depth: {kind: 'real', min: 0, max: 1, scale: 'Linear'},
};
const problem: Problem = {
  space: oneArchitecture,
  training,
  objectives: [{metric: 'loss', goal: 'Minimize'}],
  maxEpochs: 1,
  seed: 3,
};
const cheap = {size: 0, depth: 0};

interface Step {
  readonly proposal: Proposal;
  readonly loss: number;
  readonly cost: number;
  readonly before: LocalState;
}

/** One trial after another; larger is better and dearer, up to 100 times. */
function search(row: StrategyType, trials: number, loss = lossOf): Step[] {
  const folding: Folding = {problem, row, settings: row.settings.parse({cheap})};
  let state = begin(folding);
  return Array.from({length: trials}, (_, at): Step => {
    const before = state as LocalState;
    const proposal = row.strategy.ask(problem, folding.settings, state);
    assert.ok(proposal.kind === 'Propose');
    const values = proposal.candidate.training;
    const [found, cost] = [loss(values), 100 ** ((Number(values['size']) + Number(values['depth'])) / 2)];
    state = row.strategy.asked(problem, folding.settings, state, proposal);
    state = tellAll(folding, state, [{index: at + 1, kind: 'scored', values: {loss: found}, epoch: 1, cost}]);
    return {proposal, loss: found, cost, before};
  });
}
const lossOf = (values: Proposal['candidate']['training']): number =>
  (Number(values['size']) - 0.6) ** 2 + (Number(values['rate']) - 0.3) ** 2 + (Number(values['depth']) - 0.5) ** 2;

const costFrugalRow = costFrugal as unknown as StrategyType;
const blendSearchRow = blendSearch as unknown as StrategyType;

for (const row of [costFrugalRow, blendSearchRow])
  test(`${row.type} begins at the cheap end, the middle of what has no price`, () => {
    const [first] = search(row, 1);
    assert.deepEqual(first?.proposal.candidate.training, {size: 0, rate: 0.5, depth: 0});
  });

test('a step never goes further from the best than its bound', () => {
  for (const {proposal, before} of search(costFrugalRow, 150)) {
    const tag = proposal.tag as {thread?: number};
    const thread = before.threads.find(({id}) => id === tag.thread);
    if (thread === undefined) continue;
    const distance = Math.hypot(
      ...Object.entries(thread.at).map(
        ([name, at]) => Number(proposal.candidate.training[name.replace('training.', '')]) - at,
      ),
    );
    assert.ok(
      distance <= thread.step + 1e-5 && thread.step <= thread.diagonal,
      `${distance} with a step of ${thread.step}`,
    );
  }
});

test('it never starts above its step bound: the first trials cost no more than one step can make them', () => {
  const steps = search(costFrugalRow, 30);
  // One step of 0.1 √3 raises the exponent by at most 0.1 √3 · √2 / 2 over that of the best so far.
  const most = 100 ** (0.1 * Math.sqrt(3) * Math.SQRT1_2) + 1e-3;
  let best = {loss: Infinity, cost: 1};
  for (const {proposal, loss, cost} of steps) {
    if ('thread' in (proposal.tag as object)) assert.ok(cost <= best.cost * most, `${cost} after ${best.cost}`);
    if (loss < best.loss) best = {loss, cost};
  }
});

test('it finds the best at a fraction of what trials anywhere would cost', () => {
  const steps = search(costFrugalRow, 80);
  const at = steps.findIndex(({loss}) => loss < 0.01);
  assert.ok(at > 0);
  const spent = steps.slice(0, at + 1).reduce((sum, {cost}) => sum + cost, 0);
  // A trial drawn anywhere costs 21 on the average.
  assert.ok(spent / (at + 1) < 12, `${spent} for ${at + 1} trials`);
});

test('the opposite direction is tried after a step that brought nothing', () => {
  const [, first, second] = search(costFrugalRow, 3, (values) =>
    Number(values['size']) + Number(values['depth']) === 0 ? 0 : 1,
  );
  const rate = (step: Step | undefined): number => Number(step?.proposal.candidate.training['rate']) - 0.5;
  assert.ok(Math.abs(rate(first) + rate(second)) < 1e-5 && rate(first) !== 0);
});

test('a direction that paid is followed once more', () => {
  const thread = beginThread(0, {at: {a: 0.5, b: 0.5}, index: 1, cost: 1, restarts: 0});
  const after = improved(thread, {at: {a: 0.6, b: 0.5}, index: 2, cost: 3, move: 0});
  assert.deepEqual(
    [after.again, after.index, after.before, after.cost, after.costBest, after.costBefore],
    [0, 2, 1, 4, 4, 1],
  );
});

test('the step gets shorter after results without an improvement, until the thread ends', () => {
  let thread = beginThread(0, {at: {a: 0.5, b: 0.5, c: 0.5}, index: 1, cost: 1, restarts: 0});
  const first = thread.step;
  for (let result = 1; result <= 3; result += 1) thread = unimproved(thread, 1);
  assert.equal(thread.step, first, 'two in the cube of three dimensions and four orthant pairs: not yet');
  thread = unimproved(thread, 1);
  assert.ok(thread.step < first);
  for (let result = 0; result < 400 && !thread.converged; result += 1) thread = unimproved(thread, 1);
  assert.ok(thread.converged);
});

test('when a search has ended another begins near the cheap end, with a longer step', () => {
  const steps = search(costFrugalRow, 400, () => 1);
  const starts = steps.filter(({proposal}) => 'start' in (proposal.tag as object));
  assert.ok(starts.length >= 2);
  assert.notDeepEqual(starts[1]?.proposal.candidate, starts[0]?.proposal.candidate);
  const {threads} = steps.at(-1)?.before ?? {threads: []};
  const [one, other] = threads;
  assert.ok(one?.converged === true && other !== undefined);
});

test('BlendSearch asks its model only where local searches have been, and a good result there begins a thread', () => {
  const steps = search(blendSearchRow, 80);
  const elsewhere = steps.filter(({proposal}) => 'elsewhere' in (proposal.tag as object));
  assert.ok(elsewhere.length > 0);
  for (const {proposal, before} of elsewhere) {
    const ended = before.threads.filter(({converged}) => converged).length;
    for (const [name, high] of Object.entries(before.box.high)) {
      const value = Number(proposal.candidate.training[name.replace('training.', '')]);
      assert.ok(value <= high + 0.1 * (1 + ended) + 1e-6, `${name} ${value} above ${high}`);
    }
  }
  assert.ok((steps.at(-1)?.before.threads.length ?? 0) >= 2);
});
