import assert from 'node:assert/strict';
import {test} from 'node:test';
import {begin, fold, verify} from '../../search/fold.ts';
import type {Folding} from '../../search/fold.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {regularizedEvolution} from '../../search/strategies/regularized-evolution.ts';
import {oneByOne, play} from './strategies/play.ts';

const folding: Folding = {
  problem: {
    space: nasBench201.open({cellsPerStage: 1, channels: 8}),
    training: {},
    objectives: [{metric: 'accuracy', goal: 'Maximize'}],
    maxEpochs: 3,
    seed: 5,
  },
  row: regularizedEvolution,
  settings: regularizedEvolution.settings.parse({populationSize: 5, sampleSize: 3}),
};
const {log} = play(folding, oneByOne(30));

test('an empty log folds into the beginning', () => {
  assert.deepEqual(fold(folding, []), begin(folding));
});

test('a cached state of more entries than the log has is not used', () => {
  const tooFar = {count: log.length, state: fold(folding, log)};
  assert.deepEqual(fold(folding, log.slice(0, 10), tooFar), fold(folding, log.slice(0, 10)));
});

test('a report that was changed shows at a proposal that it led to', () => {
  const changed = log.map((entry, at) =>
    at === 10 ? {...entry, after: entry.after.map((report) => ({...report, values: {accuracy: 2}}))} : entry,
  );
  const difference = verify(folding, changed);
  assert.ok(difference !== undefined && difference.index > 10, `${difference?.index}`);
});

test('an entry that was taken out is named', () => {
  assert.equal(verify(folding, log.toSpliced(7, 1))?.index, 8);
});

test('known points take part from the beginning', () => {
  const prior = [
    {
      candidate: {genotype: '|none~0|+|none~0|none~1|+|none~0|none~1|skip_connect~2|', training: {}},
      values: {accuracy: 0.9},
    },
  ];
  assert.notDeepEqual(begin({...folding, prior}), begin(folding));
});
