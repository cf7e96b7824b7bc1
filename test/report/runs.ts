import type {SearchSpec, SearchStatus} from '../../api/search.ts';
import type {TrialReason} from '../../api/reasons.ts';
import type {TrialSpecification, TrialStatus} from '../../api/trial.ts';
import {purposeLetters} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import type {ReportFiles} from '../../report/data/files.ts';
import {keyed} from '../../search/random.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';
import {aSearch, aTrial} from '../builders.ts';

/** Text that would run, or break the page, if anything wrote it as HTML. */
export const hostile = `<img src=x onerror="document.title='owned'"></script><script>document.title='owned'</script>&amp;'"`;

const start = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number): string => new Date(start + seconds * 1000).toISOString().replace('.000', '');

const space = nasBench201.open({cellsPerStage: 1, channels: 8});

type Row = Partial<Omit<TrialSpecification, 'purpose'>> & {
  readonly purpose: TrialSpecification['purpose'];
  readonly index: number;
  readonly status?: Partial<TrialStatus>;
};

/** A trial that ended as its row says; `index` also decides when, and every trial costs ten GPU-seconds. */
export function trial({purpose, index, status = {}, ...spec}: Row, clock = index): Snapshot['trials'][number] {
  const name = `run-${purposeLetters[purpose]}${String(index)}`;
  const reason = status.reason ?? 'Completed';
  return aTrial({
    metadata: {name, creationTimestamp: at(clock)},
    spec: {
      search: 'run',
      purpose,
      index,
      architecture: {family: 'SearchSpace', type: 'NasBench201', genotype: genotypeOf(index)},
      epochs: 4,
      ...spec,
    },
    status: {
      phase: 'Succeeded',
      reason,
      epochs: 4,
      curve: [],
      device: 'cpu',
      attempts: [attempt(name, reason, clock)],
      finishedAt: at(clock + 10),
      ...status,
    },
  });
}

export const genotypeOf = (index: number): string => space.sample(keyed(1, index, 'report', 0));

export const attempt = (name: string, reason: TrialReason, clock: number) => ({
  pod: `${name}-1`,
  uid: `uid-${name}`,
  reason,
  message: '',
  startedAt: at(clock),
  finishedAt: at(clock + 10),
  gpuMilliseconds: 10_000,
  microDollars: 500_000,
  wasted: reason !== 'Completed',
});

const cells = {type: 'NasBench201', nasBench201: {cellsPerStage: 1, channels: 8}};

/** Spec of the searches here: cells for digits, accuracy first, parameters second. */
export const spec: Partial<SearchSpec> = {
  task: 'ImageClassification',
  dataset: {builtin: 'digits', split: {validation: 0.2, test: 0.2}, seed: 3},
  objectives: [
    {metric: 'accuracy', goal: 'Maximize'},
    {metric: 'parameters', goal: 'Minimize', limit: 100_000},
  ],
  searchSpace: cells,
  strategy: {type: 'RegularizedEvolution'},
  baseline: {type: 'ResNet', share: 0.2},
  selection: {retrain: 1, seeds: 2, share: 0.2},
};

export const snapshotOf = (
  trials: Snapshot['trials'],
  {search = {}, status = {}}: {search?: Partial<SearchSpec>; status?: SearchStatus} = {},
): Snapshot => ({
  search: aSearch({
    metadata: {name: 'run'},
    spec: {...spec, ...search},
    status: {phase: 'Succeeded', startedAt: at(0), finishedAt: at(3600), ...status},
  }),
  trials,
});

export const noFiles: ReportFiles = {manifest: '', logs: {}, starts: []};

const resnet: TrialSpecification['architecture'] = {
  family: 'Baseline',
  type: 'ResNet',
  genotype: {filters: [16, 32, 64], blocksPerStage: 1},
};

export const baselineTrial = (index: number, accuracy: number) =>
  trial({
    purpose: 'Baseline',
    index,
    architecture: resnet,
    status: {values: {accuracy, parameters: 77_754}, curve: curveTo(accuracy)},
  });

export const curveTo = (accuracy: number) =>
  [1, 2, 3, 4].map((epoch) => ({epoch, values: {accuracy: accuracy * (1 - 0.5 ** (epoch + 1))}}));

/**
 * A whole search of so many candidates by evolution: each but the first few derives from an earlier one, one in 25 fails (in words that
 * would break a careless page), and the best is compared with a tuned baseline.
 */
export function wholeRun(candidates: number): {snapshot: Snapshot; files: ReportFiles} {
  const trials = Array.from({length: candidates}, (_, place) => candidate(place + 1));
  const best = trials
    .filter(({status}) => status?.phase === 'Succeeded')
    .reduce((a, b) => ((b.status?.values?.['accuracy'] ?? 0) > (a.status?.values?.['accuracy'] ?? 0) ? b : a));
  const winner = {values: best.status?.values ?? {}, name: best.metadata.name};
  const test = {accuracy: 0.93};
  const final = (index: number, from: string, accuracies: readonly number[]) =>
    trial(
      {
        purpose: 'Final',
        index,
        parent: from,
        score: accuracies.map((_, seed) => `seed-${String(seed)}`),
        epochs: 0,
        status: {values: test, perModel: accuracies.map((accuracy) => ({accuracy}))},
      },
      candidates + index,
    );
  const all = [
    baselineTrial(1, 0.89),
    baselineTrial(2, 0.9),
    ...trials,
    final(1, winner.name, [0.93, 0.94]),
    final(2, 'run-b2', [0.91, 0.92]),
  ];
  const failed = all.filter(({status}) => status?.phase === 'Failed').map(({metadata}) => metadata.name);
  return {
    snapshot: snapshotOf(all, {
      status: {
        best: {trial: winner.name, values: winner.values},
        baseline: {trial: 'run-b2', values: {accuracy: 0.9, parameters: 77_754}},
        usage: {
          gpuMilliseconds: all.length * 10_000,
          reservedGpuMilliseconds: 0,
          wastedGpuMilliseconds: failed.length * 10_000,
          microDollars: 0,
        },
        comparison: {
          winner: {trial: 'run-f1', from: winner.name, validation: winner.values, test},
          baseline: {
            trial: 'run-f3',
            from: 'run-b2',
            validation: {accuracy: 0.9, parameters: 77_754},
            test: {accuracy: 0.915},
          },
          difference: {metric: 'accuracy', value: 0.015, interval: [0.004, 0.027], conclusion: 'WinnerBetter'},
        },
      },
    }),
    files: {
      manifest: `# ${hostile}\nkind: ArchitectureSearch\n`,
      logs: Object.fromEntries(failed.map((name) => [name, `epoch 1\n${hostile}\nlast words of ${name}`])),
      starts: [],
    },
  };
}

function candidate(index: number) {
  const random = keyed(7, index, 'report', 1);
  const accuracy = 0.95 - (0.25 * random.uniform() ** 2) / (1 + index / 500);
  const derived = index > 8;
  const shared = {
    purpose: 'Candidate',
    index,
    training: {optimizer: 'AdamW', learningRate: 0.001 + 0.01 * random.uniform()},
    why: derived ? 'mutated: edge 2→3: skip_connect → nor_conv_3x3' : 'drawn at random',
    ...(derived ? {parent: `run-c${String(index - 1 - random.integer(8))}`} : {}),
  } as const;
  if (index % 25 === 0)
    return trial({...shared, status: {phase: 'Failed', reason: 'NotANumber', message: `loss is NaN ${hostile}`}});
  const parameters = 20_000 + random.integer(60_000);
  return trial({
    ...shared,
    status: {
      values: {
        accuracy,
        balancedAccuracy: accuracy,
        crossEntropy: 0.2,
        parameters,
        flops: parameters * 9,
        latencyMilliseconds: 4,
      },
      curve: curveTo(accuracy),
    },
  });
}
