import type {TrialAssignment} from '../api/protocol.ts';
import {memberOf} from '../api/union.ts';
import {baselines} from '../search/baselines/index.ts';
import {measure, ShapeError} from '../search/measure.ts';
import type {DataShape, Network} from '../search/network.ts';
import type {Objective, Values} from '../search/objectives.ts';
import type {Task} from '../search/space.ts';
import {spaces} from '../search/spaces/index.ts';
import {TrialFailure} from './failure.ts';

type Architecture = TrialAssignment['spec']['architecture'];
type Expand = (architecture: Architecture, data: DataShape, task: Task) => Network;

const unsupported = (message: string, cause?: unknown): TrialFailure =>
  new TrialFailure('UnsupportedArchitecture', message, {cause});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** One row per family of architectures: how a genotype becomes a network. */
const families: Readonly<Record<Architecture['family'], Expand>> = {
  SearchSpace: ({type, settings, genotype}, data, task) => {
    const row = spaces.find((space) => space.type === type);
    if (row === undefined) throw unsupported(`unknown search space ${type}; this runner knows ${names(spaces)}`);
    checkTask(row, task);
    const space = attempt(`the settings of search space ${type} (searchSpace.${memberOf(type)})`, () =>
      row.open(row.settings.parse(settings ?? {})),
    );
    const parsed = attempt(`the genotype for search space ${type}`, () => space.parse(genotype));
    return expand(type, data, () => space.network(parsed, data));
  },
  Baseline: ({type, genotype}, data, task) => {
    const row = baselines.find((baseline) => baseline.type === type);
    if (row === undefined) throw unsupported(`unknown baseline ${type}; this runner knows ${names(baselines)}`);
    checkTask(row, task);
    return expand(type, data, () => row.network(genotype, data));
  },
};

const names = (rows: readonly {readonly type: string}[]): string => rows.map((row) => row.type).join(', ');

function checkTask({type, tasks}: {type: string; tasks: readonly Task[]}, task: Task): void {
  if (!tasks.includes(task)) throw unsupported(`${type} is for ${tasks.join(', ')}, and this task is ${task}`);
}

function attempt<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw unsupported(`${what} cannot be read: ${messageOf(error)}`, error);
  }
}

function expand(type: string, data: DataShape, network: () => Network): Network {
  try {
    return network();
  } catch (error) {
    const shape = `[${String(data.input)}] → ${String(data.outputs)}`;
    throw new TrialFailure('WrongShape', `${type} does not fit data of shape ${shape}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** The network of a trial for data of the given shape, and the metrics that are known before it is trained. */
export function expandArchitecture(
  architecture: Architecture,
  {data, task, objectives}: {data: DataShape; task: Task; objectives: readonly Objective[]},
): {network: Network; values: Values} {
  const network = families[architecture.family](architecture, data, task);
  const {parameters, flops} = measured(network);
  const values = {parameters, flops};
  for (const objective of objectives) checkLimit(objective, values);
  return {network, values};
}

function measured(network: Network): {parameters: number; flops: number} {
  try {
    return measure(network);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new TrialFailure('WrongShape', `the network cannot be built on this data: ${error.message}`, {cause: error});
  }
}

function checkLimit({metric, goal, limit}: Objective, values: Values): void {
  const value = values[metric];
  if (value === undefined || limit === undefined) return;
  const holds = goal === 'Minimize' ? value <= limit : value >= limit;
  if (!holds)
    throw new TrialFailure(
      'LimitExceeded',
      `${metric} is ${String(value)}, outside the objective's limit of ${String(limit)} (${goal})`,
    );
}
