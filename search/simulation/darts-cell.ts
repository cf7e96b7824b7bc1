import type {Decision, Decisions} from '../space.ts';

/** Operations of the DARTS space (Liu, Simonyan & Yang, ICLR 2019) without `none`. */
export const operations = [
  'max_pool_3x3',
  'avg_pool_3x3',
  'skip_connect',
  'sep_conv_3x3',
  'sep_conv_5x5',
  'dil_conv_3x3',
  'dil_conv_5x5',
] as const;
export const cellNames = ['normal', 'reduce'] as const;
/** Intermediate nodes of a cell, with two inputs each. */
export const nodes = 4;

export type OperationName = (typeof operations)[number];
export type CellName = (typeof cellNames)[number];
/** Operation and source: 0 and 1 are the cell's inputs, 2 + j is node j. Pairs 2i and 2i + 1 are the inputs of node i. */
export type Pair = readonly [OperationName, number];
export type Cell = readonly Pair[];
export type DartsGenotype = {readonly normal: Cell; readonly reduce: Cell};

/** The two inputs of every node. */
export function inputsOf(pairs: Cell): (readonly [Pair, Pair])[] {
  return Array.from({length: nodes}, (_, node) => {
    const [first, second] = [pairs[2 * node], pairs[2 * node + 1]];
    if (first === undefined || second === undefined)
      throw new RangeError(`genotype: node ${String(node)} lacks an input; give ${String(2 * nodes)} pairs`);
    return [first, second] as const;
  });
}

/** Length of the longest chain of nodes. */
export function depthOf(pairs: Cell): number {
  const depths = [0, 0];
  for (const inputs of inputsOf(pairs)) depths.push(1 + Math.max(...inputs.map(([, source]) => depths[source] ?? 0)));
  return Math.max(...depths);
}

/** The two sources of a node, each pair of different ones once. */
const sourcePairs = Array.from({length: nodes}, (_, node) =>
  Array.from({length: node + 2}, (_each, second) =>
    Array.from({length: second}, (_other, first) => [first, second] as const),
  ).flat(),
);

const decisionList: readonly Decision[] = cellNames.flatMap((cell) =>
  sourcePairs.flatMap((pairs, node) => [
    {
      name: `${cell} cell, node ${String(node)}, inputs`,
      choices: pairs.map((sources) => sources.join(' and ')),
      ordered: false,
    },
    ...['first', 'second'].map((which) => ({
      name: `${cell} cell, node ${String(node)}, ${which} operation`,
      choices: operations,
      ordered: false,
    })),
  ]),
);

function cellFrom(taken: readonly number[]): Cell {
  return sourcePairs.flatMap((pairs, node): Pair[] => {
    const [which = 0, ...chosen] = taken.slice(3 * node, 3 * node + 3);
    const sources = pairs[which] ?? [0, 1];
    return sources.map((source, at): Pair => [operations[chosen[at] ?? 0] ?? 'skip_connect', source]);
  });
}

const takenBy = (pairs: Cell): number[] =>
  inputsOf(pairs).flatMap((inputs, node) => {
    const [a, b] = inputs.toSorted(([, first], [, second]) => first - second);
    const which = sourcePairs[node]?.findIndex(([first, second]) => first === a?.[1] && second === b?.[1]) ?? -1;
    return [which, ...[a, b].map((pair) => (pair === undefined ? -1 : operations.indexOf(pair[0])))];
  });

/** For each node the pair of its sources, and then the operations on both. */
export const dartsDecisions: Decisions<DartsGenotype> = {
  next: (taken) => decisionList[taken.length],
  genotype: (taken) => ({normal: cellFrom(taken.slice(0, 3 * nodes)), reduce: cellFrom(taken.slice(3 * nodes))}),
  taken: ({normal, reduce}) => [...takenBy(normal), ...takenBy(reduce)],
};

const kinds = operations.length;
const kindOf = Object.fromEntries(operations.map((operation, kind) => [operation, kind])) as Record<
  OperationName,
  number
>;

/**
 * How often each operation occurs, how often each follows each, how often two meet in a node, and the depth: the paths of one and two
 * operations of a path encoding (White et al. 2021, BANANAS, section 4), with what a path does not tell. Equal for isomorphic cells.
 */
function featuresOfCell(pairs: Cell): number[] {
  const [once, chained, met] = [0, kinds, kinds + kinds * kinds];
  const features = Array.from({length: kinds + 2 * kinds * kinds}, () => 0);
  const count = (at: number, share: number): void => {
    features[at] = (features[at] ?? 0) + 1 / share;
  };
  const inputs = inputsOf(pairs).map((two) => two.map(([operation, source]) => ({kind: kindOf[operation], source})));
  for (const two of inputs) {
    const [first = 0, second = 0] = two.map(({kind}) => kind);
    count(met + Math.min(first, second) * kinds + Math.max(first, second), nodes);
    for (const {kind, source} of two) {
      count(once + kind, 2 * nodes);
      for (const before of inputs[source - 2] ?? []) count(chained + before.kind * kinds + kind, 3 * nodes);
    }
  }
  return [...features, depthOf(pairs) / nodes];
}

/** Features of a genotype: both cells', one after another; numbers from 0 to 1. */
export const dartsFeatures = ({normal, reduce}: DartsGenotype): number[] => [
  ...featuresOfCell(normal),
  ...featuresOfCell(reduce),
];
