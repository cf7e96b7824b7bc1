import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {trialReasons} from '../../api/reasons.ts';
import type {SearchStatus} from '../../api/search.ts';
import {remedies} from '../../report/data/remedies.ts';
import {reportData} from '../../report/data/report-data.ts';
import {maxCurves} from '../../report/data/trials.ts';
import {attempt, baselineTrial, curveTo, hostile, noFiles, snapshotOf, spec, trial, wholeRun} from './runs.ts';

const scored = (accuracy: number) => ({
  trial: 'run-f1',
  from: 'run-c1',
  validation: {accuracy, parameters: 30_000, flops: 300_000},
  test: {accuracy},
});
const conclude = (
  conclusion: 'WinnerBetter' | 'BaselineBetter' | 'NoDifference',
  interval: [number, number],
): SearchStatus => ({
  comparison: {
    winner: scored(0.97),
    baseline: {...scored(0.96), from: 'run-b1', validation: {accuracy: 0.96, parameters: 60_000, flops: 3_000_000}},
    difference: {metric: 'accuracy', value: 0.01, interval, conclusion},
  },
});

describe('the verdict', () => {
  const rows: readonly {says: RegExp; status: SearchStatus; when: string; search?: Partial<typeof spec>}[] = [
    {
      when: 'the interval lies above zero',
      says: /^Yes: the search found a network with better accuracy than the tuned ResNet/,
      status: conclude('WinnerBetter', [0.002, 0.02]),
    },
    {
      when: 'the interval lies below zero',
      says: /^No: the tuned ResNet has better accuracy/,
      status: conclude('BaselineBetter', [-0.02, -0.002]),
    },
    {
      when: 'the interval holds zero',
      says: /^No difference in accuracy can be told/,
      status: conclude('NoDifference', [-0.01, 0.03]),
    },
    {
      when: 'the search is under way',
      says: /^Not known: the search is not over \(1 trial done\)/,
      status: {phase: 'Running'},
    },
    {when: 'the search failed', says: /^Not known: the search failed/, status: {phase: 'Failed'}},
    {when: 'nothing has a result', says: /^Not known: no trial brought a result/, status: {}},
  ];
  for (const {when, says, status} of rows)
    it(`is told plainly when ${when}`, () => {
      const {verdict} = reportData(snapshotOf([trial({purpose: 'Candidate', index: 1})], {status}), noFiles);
      assert.match(verdict.headline, says);
    });

  it('is not claimed from validation: without a selection it is not known, and the best is told with that warning', () => {
    const {selection: _, ...withoutSelection} = spec;
    const search = {...withoutSelection, selection: undefined} as unknown as typeof spec;
    const {verdict} = reportData(
      snapshotOf([], {search, status: {best: {trial: 'run-c1', values: {accuracy: 0.98}}}}),
      noFiles,
    );
    assert.equal(verdict.kind, 'NotCompared');
    assert.match(verdict.headline, /no selection/);
    assert.match(verdict.details.join(' '), /0\.98 .*it flatters them/);
  });

  it('tells the difference with its interval, and what the winner needs of what the baseline needs', () => {
    const {verdict} = reportData(snapshotOf([], {status: conclude('NoDifference', [-0.0101, 0.03])}), noFiles);
    assert.deepEqual(verdict.difference, {value: 0.01, interval: [-0.0101, 0.03]});
    assert.match(verdict.details.join(' '), /\+0\.01, 95% interval −0\.01 to \+0\.03, which holds zero/);
    assert.match(verdict.details.join(' '), /50% of the parameters and 10% of the multiply-adds/);
  });

  it('tells the score of each seed, from the trial that scored the side', () => {
    const {snapshot, files} = wholeRun(30);
    const {verdict} = reportData(snapshot, files);
    assert.deepEqual(verdict.winner?.seeds, [0.93, 0.94]);
    assert.deepEqual(verdict.baseline?.seeds, [0.91, 0.92]);
  });
});

describe('the rows of trials', () => {
  it('hold validation values alone: what was scored on the test split is told in the verdict', () => {
    const {snapshot, files} = wholeRun(30);
    const scoring = reportData(snapshot, files).trials.filter(({name}) => ['run-f1', 'run-f2'].includes(name));
    assert.deepEqual(
      scoring.map(({values}) => values),
      [{}, {}],
    );
  });
});

describe('the cost', () => {
  it('grows from trial to trial in the order of their ends, each including itself', () => {
    const trials = [3, 1, 2].map((index) => trial({purpose: 'Candidate', index}));
    const spent = new Map(reportData(snapshotOf(trials), noFiles).trials.map((row) => [row.name, row.spent]));
    assert.deepEqual(spent.get('run-c1'), {gpuSeconds: 10, money: 0.5, seconds: 11});
    assert.deepEqual(spent.get('run-c3'), {gpuSeconds: 30, money: 1.5, seconds: 13});
  });

  it('is told by purpose, and money only where there is a price', () => {
    const {costs} = reportData(snapshotOf([baselineTrial(1, 0.9), trial({purpose: 'Candidate', index: 2})]), noFiles);
    assert.deepEqual(costs.parts, [
      {purpose: 'Baseline', trials: 1, gpuSeconds: 10},
      {purpose: 'Candidate', trials: 1, gpuSeconds: 10},
    ]);
    assert.equal(costs.money, undefined);
    const priced = snapshotOf([], {
      search: {
        template: {gpus: 1, threads: 1, pricePerGpuHour: '3.00'},
        limits: {cost: '12.50', parallelTrials: 1, failedTrials: 10},
      },
    });
    assert.deepEqual(
      [reportData(priced, noFiles).costs.money, reportData(priced, noFiles).costs.limitMoney],
      [0, 12.5],
    );
  });
});

describe('what was found', () => {
  const {snapshot, files} = wholeRun(30);
  const {networks, front, trials} = reportData(snapshot, files);

  it('is the winner beside the baseline, with the shape and cost of every layer', () => {
    assert.deepEqual(
      networks.map(({role, title}) => [role, title]),
      [
        ['Winner', 'NasBench201'],
        ['Baseline', 'ResNet'],
      ],
    );
    for (const {layers, parameters, flops, input} of networks) {
      assert.deepEqual(input, [8, 8, 1]);
      assert.deepEqual(layers.at(-1)?.shape, [10]);
      assert.equal(
        layers.reduce((sum, layer) => sum + layer.parameters, 0),
        parameters,
      );
      assert.equal(
        layers.reduce((sum, layer) => sum + layer.flops, 0),
        flops,
      );
    }
  });

  it('has cells whose edges join their nodes', () => {
    for (const {cells} of networks) {
      assert.ok(cells.length > 0);
      for (const {nodes, edges} of cells)
        assert.ok(edges.every(({from, to}) => nodes.includes(from) && nodes.includes(to)));
    }
  });

  it('has a front of candidates of which none beats another in every objective', () => {
    const rows = front.map((name) => trials.find((row) => row.name === name)?.values ?? {});
    assert.ok(rows.length > 1);
    for (const [place, values] of rows.entries())
      for (const better of rows.slice(0, place)) {
        assert.ok((better['accuracy'] ?? 0) > (values['accuracy'] ?? 0));
        assert.ok((better['parameters'] ?? 0) > (values['parameters'] ?? 0));
      }
  });
});

describe('how it got there', () => {
  it('is the line of ancestors of the winner, the first one first', () => {
    const trials = [
      trial({purpose: 'Candidate', index: 1, why: 'drawn at random', status: {values: {accuracy: 0.8}}}),
      trial({purpose: 'Candidate', index: 2, why: 'mutated #1', parent: 'run-c1', status: {values: {accuracy: 0.9}}}),
    ];
    const status = {best: {trial: 'run-c2', values: {accuracy: 0.9}}};
    assert.deepEqual(reportData(snapshotOf(trials, {status}), noFiles).ancestry, [
      {trial: 'run-c1', why: 'drawn at random', value: 0.8},
      {trial: 'run-c2', why: 'mutated #1', value: 0.9},
    ]);
  });

  it('ends also when a log names a trial as its own ancestor', () => {
    const trials = [trial({purpose: 'Candidate', index: 1, parent: 'run-c1', status: {values: {accuracy: 0.8}}})];
    const status = {best: {trial: 'run-c1', values: {accuracy: 0.8}}};
    assert.equal(reportData(snapshotOf(trials, {status}), noFiles).ancestry.length, 1);
  });

  it('draws a bounded number of curves, the best of all among them', () => {
    const {snapshot, files} = wholeRun(600);
    const {curves, verdict} = reportData(snapshot, files);
    assert.ok(curves.length <= maxCurves && curves.length > maxCurves / 2, String(curves.length));
    assert.ok(curves.some(({trial: name}) => name === verdict.winner?.trial));
    assert.equal(new Set(curves.map(({trial: name}) => name)).size, curves.length);
  });

  it('tells curves by the first objective', () => {
    const values = {accuracy: 0.8};
    const trials = [trial({purpose: 'Candidate', index: 1, status: {values, curve: curveTo(0.8)}})];
    const [curve] = reportData(snapshotOf(trials), noFiles).curves;
    assert.deepEqual(curve?.points[0], [1, 0.6]);
  });
});

describe('what failed', () => {
  const failing = (index: number, reason: 'NotANumber' | 'OutOfMemory') =>
    trial({purpose: 'Candidate', index, status: {phase: 'Failed', reason, message: `number ${String(index)}`}});

  it('is grouped by cause, the most frequent first, with remedy and the last lines of logs', () => {
    const logs = {'run-c2': ['first', ...Array.from({length: 40}, (_, line) => `line ${String(line)}`), ''].join('\n')};
    const trials = [failing(1, 'OutOfMemory'), failing(2, 'NotANumber'), failing(3, 'NotANumber')];
    const {failures} = reportData(snapshotOf(trials), {...noFiles, logs});
    assert.deepEqual(
      failures.map(({reason, count, gpuSeconds}) => [reason, count, gpuSeconds]),
      [
        ['NotANumber', 2, 20],
        ['OutOfMemory', 1, 10],
      ],
    );
    const [example] = failures[0]?.examples ?? [];
    assert.equal(example?.message, 'number 2');
    const log = example.log ?? '';
    assert.deepEqual([log.split('\n').at(0), log.split('\n').at(-1)], ['line 20', 'line 39']);
    assert.match(failures[0]?.remedy ?? '', /learningRate/);
  });

  it('tells apart attempts that were lost but tried again', () => {
    const attempts = [attempt('run-c1', 'Preempted', 1), attempt('run-c1', 'Completed', 20)];
    const [group] = reportData(
      snapshotOf([trial({purpose: 'Candidate', index: 1, status: {attempts}})]),
      noFiles,
    ).failures;
    assert.deepEqual([group?.reason, group?.recovered, group?.gpuSeconds], ['Preempted', true, 10]);
  });

  it('has a remedy for each reason that there is', () => {
    for (const reason of trialReasons) assert.match(remedies[reason], /^[A-Z].+\.$/);
  });
});

describe('to have it again', () => {
  const start = {
    startedAt: '2026-01-01T00:00:00Z',
    archsearch: '1.0.0',
    node: 'v22.1.0',
    tfjs: 'tfjs-node 4',
    system: 'Linux',
    processor: '2 × something',
    data: [{name: 'digits', bytes: 1234, sha256: 'abc'}],
  };

  it('tells file, seeds, versions, device and the hash of the data', () => {
    const {snapshot, files} = wholeRun(30);
    const {recipe} = reportData(snapshot, {...files, starts: [start]});
    assert.equal(recipe.manifest, files.manifest);
    const told = recipe.facts.map(({what, value}) => `${what}: ${value}`).join('\n');
    for (const part of [
      'Seed of the search: 1',
      'Seed of the data split: 3',
      'Trained on: cpu',
      'v22.1.0',
      'SHA-256 abc',
    ])
      assert.ok(told.includes(part), `${part} in ${told}`);
    assert.match(recipe.winner, /NasBench201/);
  });

  it('warns when the data changed between two starts', () => {
    const changed = {...start, data: [{name: 'digits', bytes: 1234, sha256: 'def'}]};
    const {recipe} = reportData(snapshotOf([]), {...noFiles, starts: [start, changed]});
    assert.match(recipe.notes.join('\n'), /data changed/);
  });

  it('says so when nothing was recorded', () => {
    const {recipe} = reportData(snapshotOf([]), noFiles);
    assert.match(recipe.notes.join('\n'), /were not recorded/);
  });
});

describe('the report as data', () => {
  it('is the same for the same run, and plain JSON', () => {
    const {snapshot, files} = wholeRun(40);
    const data = reportData(snapshot, files);
    assert.deepEqual(JSON.parse(JSON.stringify(data)), data);
    assert.deepEqual(reportData(snapshot, files), data);
    assert.ok(JSON.stringify(data).includes(JSON.stringify(hostile).slice(1, 20)));
  });

  it('exists for a search that has just begun', () => {
    const {verdict, trials, networks, failures} = reportData(snapshotOf([], {status: {phase: 'Pending'}}), noFiles);
    assert.deepEqual([verdict.kind, trials, networks, failures], ['NotCompared', [], [], []]);
  });
});
