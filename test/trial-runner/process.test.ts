import assert from 'node:assert/strict';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {after, describe, it} from 'node:test';
import {strToU8, zipSync} from 'fflate';
import {terminationBytes} from '../../api/protocol.ts';
import {runTrialProcess, RunningTrial, Workplace} from './child.ts';
import {npy} from './data/npy-builder.ts';

const workplace = new Workplace();
after(() => {
  workplace.remove();
});

const endless = {epochs: 100000, training: {batchSize: 16}};
const isEpoch = (message: {kind: string}): boolean => message.kind === 'epoch';

describe('A trial as a process', {concurrency: 2}, () => {
  it('trains, reports each epoch and leaves its result in the record', async () => {
    const {code, record, messages} = await runTrialProcess(workplace, {name: 'whole', spec: {epochs: 3}});
    assert.equal(code, 0);
    assert.equal(record.state, 'Succeeded');
    assert.equal(record.reason, 'Completed');
    assert.equal(record.epochs, 3);
    assert.ok((record.values?.['accuracy'] ?? 0) > 0.85, JSON.stringify(record.values));
    assert.deepEqual(Object.keys(record.values ?? {}).sort(), [
      'accuracy',
      'balancedAccuracy',
      'crossEntropy',
      'flops',
      'latencyMilliseconds',
      'parameters',
    ]);
    assert.deepEqual(record.data, {input: [30], outputs: 2, examples: 341});
    assert.equal(record.device, 'cpu');
    assert.ok((record.timing?.startSeconds ?? 0) > 0 && (record.timing?.epochSeconds ?? 0) > 0);
    const told = messages.map((message) => (message.kind === 'event' ? message.event : message.kind));
    assert.deepEqual(told, ['Started', 'DataLoaded', 'ModelBuilt', 'epoch', 'epoch', 'epoch', 'result']);
  });

  it('stops when told to, with the best so far; Ctrl-C is the parent’s to judge', async () => {
    const trial = new RunningTrial(workplace, {name: 'stopped', spec: endless});
    await trial.message(isEpoch);
    trial.process.kill('SIGINT');
    trial.process.send({kind: 'stop', why: 'median of the others is better'});
    const {code, record} = await trial.end();
    assert.equal(code, 0);
    assert.equal(record.state, 'Stopped');
    assert.equal(record.reason, 'StoppedEarly');
    assert.equal(record.message, 'median of the others is better');
    assert.ok(record.values?.['accuracy'] !== undefined);
  });

  it('ends on SIGTERM with the best so far', async () => {
    const trial = new RunningTrial(workplace, {name: 'terminated', spec: {...endless, purpose: 'Final'}});
    await trial.message(isEpoch);
    trial.process.kill('SIGTERM');
    const {code, record} = await trial.end();
    assert.equal(code, 0);
    assert.equal(record.state, 'Stopped');
    assert.equal(record.reason, 'Cancelled');
    assert.ok(workplace.blob('terminated', 'model/model.json').length > 0);
  });

  it('ends before its deadline with the best so far', async () => {
    const {code, record} = await runTrialProcess(workplace, {name: 'late', spec: {...endless, deadlineSeconds: 10}});
    assert.equal(code, 0);
    assert.equal(record.state, 'Stopped');
    assert.equal(record.reason, 'DeadlineReached');
    assert.ok((record.epochs ?? 0) >= 1);
  });

  it('fails with the deadline as its reason when no epoch was complete', async () => {
    const {code, record} = await runTrialProcess(workplace, {name: 'short', spec: {...endless, deadlineSeconds: 1}});
    assert.equal(code, 1);
    assert.equal(record.state, 'Failed');
    assert.equal(record.reason, 'DeadlineReached');
  });

  it('leaves at once when its parent is gone, with what it had reached in the record', async () => {
    const trial = new RunningTrial(workplace, {name: 'orphan', spec: endless});
    await trial.message(isEpoch);
    trial.process.disconnect();
    const {code, record} = await trial.end();
    assert.equal(code, 75);
    assert.equal(record.state, 'Running');
    assert.ok(record.values?.['accuracy'] !== undefined);
  });

  it('has a whole record on disk at any moment', async () => {
    const trial = new RunningTrial(workplace, {name: 'killed', spec: endless});
    await trial.message(isEpoch);
    trial.process.kill('SIGKILL');
    const {code, record} = await trial.end();
    assert.equal(code, null);
    assert.equal(record.state, 'Running');
    assert.equal(trial.bytes().length, terminationBytes);
  });
});

const archive = (shape: number[], values: readonly number[], targets: readonly number[]): Uint8Array =>
  zipSync({
    'x.npy': npy({descr: '<f4', shape, values}),
    'y.npy': npy({descr: '<i8', shape: [targets.length], values: targets}),
  });
const targets = Array.from({length: 40}, (_, index) => index % 2);
workplace.write('good.csv', `a,b,label\n${targets.map((t) => `${String(t + 1)},2,${String(t)}`).join('\n')}\n`);
workplace.write(
  'bad.csv',
  `a,label\n${targets.map((t, i) => `${i === 6 ? 'twelve' : '1'},${String(t)}`).join('\n')}\n`,
);
workplace.write(
  'images.npz',
  archive(
    [40, 2, 2],
    Array.from({length: 160}, (_, index) => index),
    targets,
  ),
);
workplace.write(
  'huge.npz',
  zipSync({'x.npy': npy({descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4]}), 'y.npy': strToU8('nonsense')}),
);

const volume = (path: string, claim = 'data') => ({claim, path});
const mounts = {data: workplace.directory};
const table = {csv: {volume: volume('good.csv'), target: 'label'}};

describe('A trial that fails says why', {concurrency: 2}, () => {
  const rows: [string, string, RegExp, ConstructorParameters<typeof RunningTrial>[1]][] = [
    [
      'NotANumber',
      'an exploding learning rate',
      /learningRate/,
      {
        spec: {epochs: 30, training: {optimizer: 'Sgd', learningRate: 1e30, schedule: 'Constant'}},
      },
    ],
    [
      'MissingFile',
      'a claim that is not mounted',
      /claim absent .*not mounted/,
      {
        dataset: {csv: {volume: volume('good.csv', 'absent'), target: 'label'}},
      },
    ],
    [
      'MissingFile',
      'a file that is not there',
      /none\.csv in volume claim data/,
      {
        dataset: {csv: {volume: volume('none.csv'), target: 'label'}},
      },
    ],
    [
      'BadData',
      'a bad cell',
      /row 7 \(line 8\), column "a": found "twelve"/,
      {
        dataset: {csv: {volume: volume('bad.csv'), target: 'label'}},
      },
    ],
    [
      'BadData',
      'a broken array',
      /array "y" is not a NumPy array/,
      {
        dataset: {npz: {volume: volume('huge.npz')}},
      },
    ],
    [
      'WrongShape',
      'images for a tabular task',
      /\[2,2\].*ImageClassification/,
      {
        dataset: {npz: {volume: volume('images.npz')}},
      },
    ],
    [
      'UnsupportedArchitecture',
      'a network for another task',
      /Mlp is for TabularClassification.*this task is ImageClassification/,
      {task: 'ImageClassification', dataset: {builtin: 'digits'}},
    ],
    [
      'LimitExceeded',
      'a network above the limit',
      /parameters is \d+.*limit of 100/,
      {
        objectives: [
          {metric: 'accuracy', goal: 'Maximize'},
          {metric: 'parameters', goal: 'Minimize', limit: 100},
        ],
      },
    ],
    [
      'UnsupportedArchitecture',
      'an unknown space',
      /unknown search space Maze.*NasBench201/,
      {
        spec: {architecture: {family: 'SearchSpace', type: 'Maze', genotype: 'x'}},
      },
    ],
    [
      'UnsupportedArchitecture',
      'a genotype that is not one',
      /genotype for search space NasBench201/,
      {
        task: 'ImageClassification',
        dataset: {builtin: 'digits'},
        spec: {architecture: {family: 'SearchSpace', type: 'NasBench201', genotype: '|what~0|'}},
      },
    ],
    ['RunnerError', 'an unknown training value', /training/, {spec: {training: {warp: 9}}}],
    ['RunnerError', 'scoring by a trial that is not Final', /Final/, {spec: {score: ['a'], epochs: 0}}],
    [
      'MissingFile',
      'scoring a trial that left no model',
      /trial ghost left no model/,
      {
        spec: {purpose: 'Final', score: ['ghost'], epochs: 0},
      },
    ],
    ['RunnerError', 'an assignment that is not valid', /not valid: .*epochs/, {spec: {epochs: -1}}],
  ];
  for (const [index, [reason, what, message, options]] of rows.entries())
    it(`${reason}: ${what}`, async () => {
      const name = `failing-${String(index)}`;
      const {code, record, stderr} = await runTrialProcess(workplace, {dataset: table, mounts, name, ...options});
      assert.equal(record.state, 'Failed', stderr);
      assert.equal(record.reason, reason, record.message);
      assert.match(record.message ?? '', message);
      assert.equal(record.values, undefined);
      assert.equal(code, 1);
    });
});

describe('Models of Final trials', () => {
  it('are scored once on the test split, and continue training elsewhere', async () => {
    const fresh = await runTrialProcess(workplace, {name: 'f1', spec: {purpose: 'Final', epochs: 4}});
    assert.equal(fresh.record.state, 'Succeeded');
    const scoring = await runTrialProcess(workplace, {
      name: 'f2',
      spec: {purpose: 'Final', epochs: 0, score: ['f1', 'f1']},
    });
    assert.equal(scoring.record.state, 'Succeeded', scoring.stderr);
    const scores = JSON.parse(workplace.blob('f2', 'test-scores.json')) as number[][];
    const accuracy = (scores[0] ?? []).reduce((sum, hit) => sum + hit, 0) / 114;
    assert.equal(scores.length, 2);
    assert.equal(scores[0]?.length, 114);
    assert.ok(Math.abs((scoring.record.values?.['accuracy'] ?? 0) - accuracy) < 1e-6);
    assert.deepEqual(scoring.record.perModel?.[0], scoring.record.perModel?.[1]);
    const resumed = await runTrialProcess(workplace, {name: 'c1', spec: {epochs: 0, resumeFrom: 'f1'}});
    assert.equal(resumed.record.values?.['crossEntropy'], fresh.record.values?.['crossEntropy']);
  });

  it('come with a SavedModel that is to be deployed; those of other trials do not', async () => {
    for (const purpose of ['Final', 'Candidate']) {
      const {record} = await runTrialProcess(workplace, {name: `e-${purpose}`, spec: {purpose, epochs: 1}});
      assert.equal(record.message, undefined);
      const file = path.join(workplace.blobs, `e-${purpose}`, 'saved_model', 'saved_model.pb');
      assert.equal(existsSync(file), purpose === 'Final');
    }
  });

  it('are bit-identical for the same seed in different processes, and differ for another', async () => {
    const image = {task: 'ImageClassification', dataset: {builtin: 'digits'}} as const;
    const genotype = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|avg_pool_3x3~0|none~1|nor_conv_1x1~2|';
    const architecture = {
      family: 'SearchSpace',
      type: 'NasBench201',
      settings: {cellsPerStage: 1, channels: 4},
      genotype,
    };
    const spec = {architecture, purpose: 'Final', epochs: 1, dataFraction: 0.2, training: {augmentation: 'ShiftFlip'}};
    const weights: string[] = [];
    for (const [name, seed] of [
      ['d1', 5],
      ['d2', 5],
      ['d3', 6],
    ] as const) {
      const {record, stderr} = await runTrialProcess(workplace, {...image, name, spec: {...spec, seed}});
      assert.equal(record.state, 'Succeeded', stderr);
      weights.push(workplace.blob(name, 'model/weights.bin'));
    }
    assert.ok(weights[0] === weights[1], 'same seed, same weights');
    assert.ok(weights[0] !== weights[2], 'another seed, other weights');
  });
});
