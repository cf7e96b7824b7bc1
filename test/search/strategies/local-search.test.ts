import assert from 'node:assert/strict';
import {test} from 'node:test';
import {begin} from '../../../search/fold.ts';
import {neighboursOf} from '../../../search/neighbourhood.ts';
import type {Values} from '../../../search/objectives.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {localSearch} from '../../../search/strategies/local-search.ts';
import type {Problem, Proposal} from '../../../search/strategy.ts';
import {readTable} from '../nas-bench-table.ts';
import {foldingOf, proposed, search} from './searching.ts';

const accuracyOf = new Map(readTable().map(({arch, accuracy}) => [arch, accuracy]));
const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 5, channels: 16}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 12,
  seed: 1,
};
const byTable = (_index: number, {candidate}: Proposal): Values => ({
  accuracy: accuracyOf.get(candidate.genotype as string) ?? NaN,
});
const accuracy = (proposal: Proposal | undefined): number =>
  proposal === undefined ? NaN : (byTable(0, proposal)['accuracy'] ?? NaN);
const canonical = (proposal: Proposal): string => problem.space.canonical(proposal.candidate.genotype);

for (const step of ['FirstBetter', 'BestOfAll']) {
  const {proposals} = search(foldingOf(problem, localSearch, {startSamples: 5, step}), 120, byTable);

  test(`${step}: what is not a start lies one step beside where the climb is`, () => {
    for (const {parent, candidate} of proposals) {
      if (parent === undefined) continue;
      const centre = proposals[parent - 1]?.candidate ?? candidate;
      const beside = [...neighboursOf(problem, centre)].map((step) => step.candidate.genotype);
      assert.ok(beside.includes(candidate.genotype));
    }
  });

  test(`${step}: a climb goes up only, and begins at the best of its samples`, () => {
    let centre: Proposal | undefined;
    for (const [at, {parent}] of proposals.entries()) {
      if (parent === undefined) {
        centre = undefined;
        continue;
      }
      const now = proposals[parent - 1];
      if (centre === undefined) {
        const starts = proposals.slice(at - 5, at).map((each) => accuracy(each));
        assert.ok(accuracy(now) >= Math.max(...starts));
      } else assert.ok(accuracy(now) >= accuracy(centre));
      centre = now;
    }
    assert.ok(proposals.some(({parent}) => parent !== undefined));
  });

  test(`${step}: it starts again only when every neighbour was trained and none is better`, () => {
    const restarts = proposals.flatMap(({parent}, at) =>
      at > 5 && parent === undefined && proposals[at - 1]?.parent !== undefined ? [at] : [],
    );
    assert.ok(restarts.length > 0);
    for (const at of restarts) {
      const trained = new Map(proposals.slice(0, at).map((each) => [canonical(each), accuracy(each)]));
      // The top is where the last climb was, or what was trained last there.
      const last = proposals[at - 1];
      const tops = [last, proposals[(last?.parent ?? 1) - 1]].flatMap((each) => (each === undefined ? [] : [each]));
      assert.ok(
        tops.some((top) =>
          [...neighboursOf(problem, top.candidate)].every(({candidate}) => {
            const known = trained.get(problem.space.canonical(candidate.genotype));
            return known !== undefined && known <= accuracy(top);
          }),
        ),
      );
    }
  });
}

test('the first better neighbour is taken at once, the best of all only when all are known', () => {
  const centresOf = (step: string): number[] =>
    search(foldingOf(problem, localSearch, {startSamples: 1, step}), 12, (index) => ({accuracy: index}))
      .proposals.slice(1)
      .map(({parent}) => parent ?? 0);
  assert.deepEqual(
    centresOf('FirstBetter'),
    Array.from({length: 11}, (_, at) => at + 1),
  );
  assert.deepEqual(new Set(centresOf('BestOfAll')), new Set([1]));
});

test('a known point is where the first climb begins', () => {
  const genotype = '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_3x3~2|';
  const folding = {
    ...foldingOf(problem, localSearch),
    prior: [{candidate: {genotype, training: {}}, values: {accuracy: 90}}],
  };
  assert.match(proposed(folding, begin(folding)).why, /^climb 1, beside a known point: edge/);
});

test('failed neighbours are passed over, and a climb without results draws again', () => {
  const {proposals} = search(foldingOf(problem, localSearch, {startSamples: 2}), 30, (index, proposal) =>
    index < 8 ? undefined : byTable(index, proposal),
  );
  assert.deepEqual(
    proposals.slice(0, 8).map(({parent}) => parent),
    Array.from({length: 8}, () => undefined),
  );
  assert.equal(proposals[8]?.parent, 8);
});
