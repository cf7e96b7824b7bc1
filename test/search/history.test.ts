import assert from 'node:assert/strict';
import {test} from 'node:test';
import {beginHistory, ranked, recordProposal, recordReport} from '../../search/history.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import type {Problem, Proposal, Report} from '../../search/strategy.ts';

const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 1,
  seed: 1,
};
const proposal: Proposal = {
  kind: 'Propose',
  candidate: {genotype: '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|', training: {}},
  epochs: 1,
  why: 'a test',
  skipped: 0,
};
const underWay = recordProposal(problem, beginHistory([]), proposal);
const report: Report = {index: 1, kind: 'scored', values: {accuracy: 0.5, latency: Infinity}, epoch: 1, cost: 1};

const endings = [
  {what: 'a score is kept, and of its values those that are numbers', report, values: {accuracy: 0.5}},
  {what: 'a trial that was stopped keeps its values', report: {...report, kind: 'stopped'}, values: {accuracy: 0.5}},
  {what: 'a failed trial has no values', report: {...report, kind: 'failed'}, values: {}},
  {what: 'a trial with NaN has failed', report: {...report, values: {accuracy: 0.5, latency: NaN}}, values: {}},
] as const;
for (const {what, report: ending, values} of endings)
  test(what, () => {
    const {told, pending} = recordReport(underWay, ending);
    assert.deepEqual(told, [{index: 1, candidate: proposal.candidate, values}]);
    assert.deepEqual(pending, []);
  });

for (const [what, idle] of Object.entries({
  'a rung is nothing final': {...report, kind: 'rung'},
  "a report of nobody's proposal is nothing": {...report, index: 7},
} as const))
  test(what, () => {
    assert.equal(recordReport(underWay, idle), underWay);
  });

test('usable results are ranked, best first', () => {
  const history = beginHistory(
    [0.2, NaN, 0.7].map((accuracy) => ({candidate: proposal.candidate, values: {accuracy}})),
  );
  assert.deepEqual(
    ranked(problem, history.told).map(({values}) => values['accuracy']),
    [0.7, 0.2],
  );
});
