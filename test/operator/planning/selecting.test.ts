import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import type {Stored} from '../../../api/meta.ts';
import type {Trial} from '../../../api/trial.ts';
import {leader, ranked} from '../../../operator/planning/selecting.ts';
import {aTrial} from '../../builders.ts';

/** Few different values, so that many trials are equal; some have none, failed, or repeat another one. */
const trial = fc.record({
  accuracy: fc.option(fc.constantFrom(0.1, 0.2, 0.3), {nil: undefined}),
  failed: fc.boolean(),
  repeats: fc.boolean(),
});
const trials = fc.array(trial, {maxLength: 12}).map((all) =>
  all.map(({accuracy, failed, repeats}, at): Stored<Trial> =>
    aTrial({
      metadata: {name: `search-c${String(at + 1)}`},
      spec: {index: at + 1, ...(repeats && {duplicateOf: 'search-c1'})},
      status: {phase: failed ? 'Failed' : 'Succeeded', ...(accuracy !== undefined && {values: {accuracy}})},
    }),
  ),
);

for (const goal of ['Maximize', 'Minimize'] as const)
  test(`the leader is the first of the ranked (${goal})`, () => {
    const objectives = [{metric: 'accuracy', goal}];
    fc.assert(
      fc.property(trials, (all) => {
        assert.equal(leader(objectives, all), ranked(objectives, all)[0]);
      }),
    );
  });
