import assert from 'node:assert/strict';
import {test} from 'node:test';
import {identityIn, maxDuplicates, propose, withinLimits} from '../../search/drawing.ts';
import type {Draw} from '../../search/drawing.ts';
import {nothingSeen, remember} from '../../search/seen.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import type {Problem} from '../../search/strategy.ts';

const problem: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {},
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 3,
  seed: 5,
  data: {input: [8, 8, 1], outputs: 10},
};
const draw = (operation: string): Draw => ({
  candidate: {genotype: `|${operation}~0|+|none~0|none~1|+|none~0|skip_connect~1|none~2|`, training: {}},
  epochs: 3,
  why: `drew ${operation}`,
});
const [seenBefore, fresh] = [draw('avg_pool_3x3'), draw('nor_conv_3x3')];
const history = {asked: 1, seen: remember(nothingSeen, identityIn(problem, seenBefore))};

test('duplicates are passed over and counted', () => {
  let drawn = 0;
  const ask = propose(problem, history, 'test', () => (++drawn > 7 ? fresh : seenBefore));
  assert.deepEqual(ask, {kind: 'Propose', ...fresh, skipped: 7});
});

test('a duplicate is proposed when the draws bring nothing else', () => {
  const ask = propose(problem, history, 'test', () => seenBefore);
  assert.deepEqual(ask, {kind: 'Propose', ...seenBefore, skipped: maxDuplicates - 1});
});

test('draws that pass a limit are counted and do not use up the draws for duplicates', () => {
  const limited: Problem = {
    ...problem,
    objectives: [...problem.objectives, {metric: 'parameters', goal: 'Minimize', limit: 20_000}],
  };
  assert.ok(withinLimits(limited, seenBefore.candidate) && !withinLimits(limited, fresh.candidate));
  let drawn = 0;
  const ask = propose(limited, history, 'test', () => (++drawn <= 300 ? fresh : seenBefore));
  assert.deepEqual(ask, {kind: 'Propose', ...seenBefore, skipped: 300 + maxDuplicates - 1});
});

test('a draw knows how many duplicates it follows, and every draw has its own generator', () => {
  const followed: number[] = [];
  const first: number[] = [];
  propose(problem, history, 'test', (random, duplicates) => {
    followed.push(duplicates);
    first.push(random.uniform());
    return seenBefore;
  });
  assert.deepEqual(
    followed,
    Array.from({length: maxDuplicates}, (_, at) => at),
  );
  assert.equal(new Set(first).size, maxDuplicates);
});

test('isomorphic cells are one identity, other epochs another', () => {
  const twin = {
    ...seenBefore,
    candidate: {...seenBefore.candidate, genotype: '|none~0|+|none~0|none~1|+|avg_pool_3x3~0|none~1|none~2|'},
  };
  assert.equal(identityIn(problem, twin), identityIn(problem, seenBefore));
  assert.notEqual(identityIn(problem, {...seenBefore, epochs: 4}), identityIn(problem, seenBefore));
});
