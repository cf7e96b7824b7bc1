import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {BlobRead} from '../../api/blob.ts';
import {mostScoreBytes, mostScores} from '../../api/test-scores.ts';
import {instant} from '../../api/quantities.ts';
import {comparisonStatus} from '../../operator/compare.ts';
import {silentBus} from '../../operator/silent-bus.ts';
import {aSearch} from '../builders.ts';

const scored = {trial: 'c1', from: 'c1', validation: {}, test: {}};
const right = JSON.stringify([[1, 0, 1, 1]]);

/** What is told of a comparison whose baseline has kept `scores`. */
async function told(scores: string): Promise<{readonly reason?: string; readonly message?: string}> {
  const asked: unknown[] = [];
  const readBlob = (_search: unknown, trial: string, _name: string, limit: unknown): Promise<BlobRead> => {
    asked.push(limit);
    return Promise.resolve({kind: 'Found', bytes: Buffer.from(trial === 'winner' ? right : scores)});
  };
  const {conditions = []} = await comparisonStatus({bus: {...silentBus, readBlob}, now: instant(0)}, aSearch(), {
    seed: 1,
    winnerTrial: 'winner',
    baselineTrial: 'baseline',
    comparison: {winner: scored},
  });
  assert.deepEqual(asked, [{mostBytes: mostScoreBytes}, {mostBytes: mostScoreBytes}]);
  return conditions.find(({type}) => type === 'Compared') ?? {};
}

test('scores of both sides are compared', async () => {
  assert.equal((await told(right)).reason, 'Compared');
});

const long = JSON.stringify([Array.from({length: mostScores.examples + 1}, () => 1)]);
/** Each row: what a baseline has kept as its scores, and what is told. */
const damages: Readonly<Record<string, readonly [scores: string, why: RegExp]>> = {
  'no JSON': ['[[1, 0', /it is no JSON$/],
  'no models': ['[]', /it holds no examples$/],
  'no examples': ['[[]]', /it holds no examples$/],
  'something else': ['{"a": 1}', /it is no list of lists of finite numbers$/],
  'numbers that are none': ['[[1, null, 0, 1]]', /it is no list of lists of finite numbers$/],
  'numbers that are infinite': ['[[1, 1e999, 0, 1]]', /it is no list of lists of finite numbers$/],
  'models with examples of their own': ['[[1, 0, 1, 1], [1]]', /one model has 4 examples and another 1$/],
  'other examples than the winner': ['[[1, 0]]', /4 examples of the winner and 2 of the baseline$/],
  'more examples than can be compared': [long, /30001 examples, and 30000 are compared at most$/],
  'more lists than there are models': ['[],'.repeat(200_000), /more than 150000 values/],
  'a list in a list in a list without end': ['['.repeat(200_000), /more than 150000 values/],
};
for (const [what, [scores, why]] of Object.entries(damages))
  test(`a comparison with ${what} is none, and says why`, async () => {
    const {reason, message = ''} = await told(scores);
    assert.equal(reason, 'NoComparison');
    assert.match(message, /^the per-example scores cannot be compared: /);
    assert.match(message, why);
  });
