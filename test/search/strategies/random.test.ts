import assert from 'node:assert/strict';
import {test} from 'node:test';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {random} from '../../../search/strategies/random.ts';
import type {Problem} from '../../../search/strategy.ts';
import {oneByOne, play} from './play.ts';

const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'}},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 3,
  seed: 5,
};
const folding = {problem, row: random, settings: {}};

test('results do not change what is drawn next', () => {
  const scored = play(folding, oneByOne(30));
  const failed = play(
    folding,
    oneByOne(30).map((turn) => ({...turn, outcome: 'failed' as const})),
  );
  assert.deepEqual(
    scored.log.map(({proposal}) => proposal),
    failed.log.map(({proposal}) => proposal),
  );
});

test('every operation comes about equally often on every edge', () => {
  const {log} = play(folding, oneByOne(600));
  const counts = new Map<string, number>();
  for (const {proposal} of log)
    for (const [at, token] of (JSON.stringify(proposal.candidate.genotype).match(/[a-z_0-9]+~/g) ?? []).entries())
      counts.set(`${at}${token}`, (counts.get(`${at}${token}`) ?? 0) + 1);
  assert.equal(counts.size, 30);
  // Standard deviation of a count is 9.8: five of them.
  for (const [what, count] of counts) assert.ok(Math.abs(count - 120) < 49, `${what}: ${count}`);
});
