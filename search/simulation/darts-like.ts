import {z} from 'zod';
import type {Random} from '../random.ts';
import type {Space, Step} from '../space.ts';
import {cellNames, dartsDecisions, dartsFeatures, depthOf, inputsOf, nodes, operations} from './darts-cell.ts';
import type {Cell, CellName, DartsGenotype, OperationName, Pair} from './darts-cell.ts';
import {guideMetric} from './world.ts';
import type {World} from './world.ts';

const perOperation = z.record(z.enum(operations), z.number());
const perText = z.record(z.string(), z.number());
const perCell = <T extends z.ZodType>(schema: T) => z.object({normal: schema, reduce: schema});
const pair = z.tuple([z.enum(operations), z.int().min(0)]);
const cell = z.array(pair).length(2 * nodes);
const genotypeSchema = z.object({normal: cell, reduce: cell});

/** The coefficients of a surrogate: what the generator of DARTS-like spaces writes. */
export const surrogateSchema = z.object({
  seed: z.int(),
  letters: z.record(z.enum(operations), z.string()),
  groups: z.record(z.string(), z.string()),
  cost: perOperation,
  costBase: z.number(),
  op: perCell(perOperation),
  pair: perCell(perText),
  chain: perCell(perText),
  convBest: perCell(z.number()),
  depthBest: perCell(z.number()),
  convWeight: perCell(z.number()),
  depthWeight: perCell(z.number()),
  collapse: z.number(),
  pairWeight: z.number(),
  chainWeight: z.number(),
  ruggedWeight: z.number(),
  couple: z.number(),
  step: z.number(),
  centre: z.number(),
  scale: z.number(),
  guideNoise: z.number(),
  gap: z.number(),
  testNoise: z.number(),
});
export type Surrogate = z.output<typeof surrogateSchema>;

export interface Score {
  /** Validation accuracy in percent: what a search may see. */
  readonly guide: number;
  /** Seconds of training. */
  readonly cost: number;
  /** Test accuracy in percent. */
  readonly report: number;
  readonly canonical: string;
}

const utf8 = new TextEncoder();

/** FNV-1a over UTF-8, going on from `h`. */
function stir(h: number, text: string): number {
  let stirred = h;
  for (const byte of utf8.encode(text)) stirred = Math.imul(stirred ^ byte, 16777619);
  return stirred >>> 0;
}

/** The finalizer of MurmurHash3, as a number in [0, 1). */
function spread(h: number): number {
  let mixed = h ^ (h >>> 16);
  mixed = Math.imul(mixed, 2246822507);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 3266489909);
  mixed ^= mixed >>> 16;
  return (mixed >>> 0) / 2 ** 32;
}

const start = ({seed}: Surrogate): number => (2166136261 ^ seed) >>> 0;
const uniformOf = (K: Surrogate, text: string): number => 2 * spread(stir(start(K), `${text}~0`)) - 1;

function gaussianOf(K: Surrogate, text: string): number {
  const h = stir(start(K), `${text}~`);
  return Array.from({length: 12}, (_, k) => spread(stir(h, String(k)))).reduce((sum, each) => sum + each, 0) - 6;
}

/** The two texts in ASCII order, joined. */
const joined = (a: string, b: string): string => (a < b ? a + b : b + a);

/** A node's two inputs with the letters of their operations. */
interface Node {
  readonly inputs: readonly [{letter: string; source: number}, {letter: string; source: number}];
}

function nodesOf(K: Surrogate, pairs: Cell): Node[] {
  const input = ([operation, source]: Pair) => ({letter: K.letters[operation], source});
  return inputsOf(pairs).map(([first, second]) => ({inputs: [input(first), input(second)]}));
}

const at = (table: Readonly<Record<string, number>>, key: string): number => {
  const value = table[key];
  if (value === undefined) throw new RangeError(`surrogate: no coefficient for ${key}; generate the file anew`);
  return value;
};

/** Each node as a text that does not depend on how nodes are numbered. */
function textsOf(cellNodes: readonly Node[]): string[] {
  const texts = ['0', '1'];
  for (const {inputs} of cellNodes) {
    const [a, b] = inputs.map(({letter, source}) => letter + (texts[source] ?? ''));
    texts.push(`(${joined(a ?? '', b ?? '')})`);
  }
  return texts.slice(2);
}

function trendOf(K: Surrogate, name: CellName, pairs: Cell, depth: number): number {
  const count = (wanted: OperationName): number => pairs.filter(([operation]) => operation === wanted).length;
  const each = operations.reduce((sum, operation) => sum + K.op[name][operation] * count(operation), 0);
  return (
    each -
    K.convWeight[name] * (convolutionsOf(pairs) - K.convBest[name]) ** 2 -
    K.depthWeight[name] * (depth - K.depthBest[name]) ** 2 -
    K.collapse * Math.max(0, count('skip_connect') - 2) ** 2
  );
}

const convolutionsOf = (pairs: Cell): number => pairs.filter(([operation]) => operation.includes('conv')).length;
const poolingsOf = (pairs: Cell): number => pairs.filter(([operation]) => operation.includes('pool')).length;

const pairsOf = (K: Surrogate, name: CellName, cellNodes: readonly Node[]): number =>
  cellNodes.reduce((sum, {inputs: [a, b]}) => sum + at(K.pair[name], joined(a.letter, b.letter)), 0);

const chainsOf = (K: Surrogate, name: CellName, cellNodes: readonly Node[]): number =>
  cellNodes
    .flatMap(({inputs}) => inputs)
    .flatMap(({letter, source}) => (cellNodes[source - 2]?.inputs ?? []).map((before) => letter + before.letter))
    .reduce((sum, chain) => sum + at(K.chain[name], chain), 0);

function ruggedOf(K: Surrogate, name: CellName, cellNodes: readonly Node[]): number {
  const group = (letter: string): string => K.groups[letter] ?? '';
  const inside = ({inputs: [a, b]}: Node): string =>
    `[${joined(group(a.letter) + (a.source < 2 ? 'x' : 'n'), group(b.letter) + (b.source < 2 ? 'x' : 'n'))}]`;
  const motif = ({letter, source}: Node['inputs'][0]): string => {
    const before = cellNodes[source - 2];
    return group(letter) + (before === undefined ? String(source) : inside(before));
  };
  return cellNodes.reduce((sum, {inputs: [a, b]}) => sum + uniformOf(K, `${name}:${joined(motif(a), motif(b))}`), 0);
}

function partsOf(K: Surrogate, name: CellName, pairs: Cell) {
  const cellNodes = nodesOf(K, pairs);
  return {
    trend: trendOf(K, name, pairs, depthOf(pairs)),
    pairs: pairsOf(K, name, cellNodes),
    chains: chainsOf(K, name, cellNodes),
    rugged: ruggedOf(K, name, cellNodes),
  };
}

const canonicalOf = (K: Surrogate, genotype: DartsGenotype): string =>
  cellNames.map((name) => textsOf(nodesOf(K, genotype[name])).sort().join(';')).join('/');

/** Seconds of a genotype's pairs: a normal cell stands five times in the network, a reduction cell twice. */
const secondsOf = (K: Surrogate, {normal, reduce}: DartsGenotype): number => {
  const sum = (pairs: Cell): number => pairs.reduce((total, [operation]) => total + K.cost[operation], 0);
  return K.costBase + 5 * sum(normal) + 2 * sum(reduce);
};

/** Guide, cost and report of a genotype; deterministic, and equal for isomorphic genotypes. */
export function scoreGenotype(K: Surrogate, genotype: DartsGenotype): Score {
  const canonical = canonicalOf(K, genotype);
  const [normal, reduce] = [partsOf(K, 'normal', genotype.normal), partsOf(K, 'reduce', genotype.reduce)];
  const coupling = (convolutionsOf(genotype.normal) - 5) * (convolutionsOf(genotype.reduce) - 5);
  const total =
    normal.trend +
    reduce.trend +
    K.pairWeight * (normal.pairs + reduce.pairs) +
    K.chainWeight * (normal.chains + reduce.chains) +
    K.ruggedWeight * (normal.rugged + reduce.rugged) +
    (K.couple * coupling) / 5;
  const level = K.step * Math.floor(total / K.step + 1e-9);
  const quality = 88 + 8 / (1 + Math.exp(-(level - K.centre) / K.scale));
  const poolings = poolingsOf(genotype.normal) + poolingsOf(genotype.reduce);
  return {
    guide: quality - 0.5 + K.guideNoise * gaussianOf(K, `${canonical}#v`),
    cost: secondsOf(K, genotype) * (1 + 0.05 * uniformOf(K, `${canonical}#c`)),
    report: quality + K.gap * (poolings - 4) + K.testNoise * gaussianOf(K, `${canonical}#t`),
    canonical,
  };
}

/** Sources that a pair may read: what lies before its node, but not what the node's other input reads. */
function sourcesOf(pairs: Cell, position: number): number[] {
  const other = pairs[position ^ 1]?.[1];
  return Array.from({length: 2 + (position >> 1)}, (_, source) => source).filter((source) => source !== other);
}

/** The one-step neighbourhood of one pair: another operation, or another source. */
function stepsAt(genotype: DartsGenotype, name: CellName, position: number): Step<DartsGenotype>[] {
  const pairs = genotype[name];
  const before = pairs[position];
  if (before === undefined) return [];
  const [operation, source] = before;
  const step = (after: Pair, change: string): Step<DartsGenotype> => ({
    genotype: {...genotype, [name]: pairs.with(position, after)},
    change: `${name} cell, node ${String(position >> 1)}: ${change}`,
  });
  return [
    ...operations
      .filter((other) => other !== operation)
      .map((other) => step([other, source], `${operation} → ${other}`)),
    ...sourcesOf(pairs, position)
      .filter((other) => other !== source)
      .map((other) => step([operation, other], `input ${String(source)} → ${String(other)}`)),
  ];
}

const places = cellNames.flatMap((name) => Array.from({length: 2 * nodes}, (_, position) => ({name, position})));

function sampleCell(random: Random): Cell {
  return Array.from({length: nodes}, (_, node) => {
    const sources = random.shuffle(Array.from({length: node + 2}, (_each, source) => source)).slice(0, 2);
    return sources.sort((a, b) => a - b).map((source): Pair => [random.pick(operations), source]);
  }).flat();
}

function parseGenotype(value: unknown): DartsGenotype {
  const parsed = genotypeSchema.parse(value);
  for (const {name, position} of places) {
    const source = parsed[name][position]?.[1] ?? 0;
    if (!sourcesOf(parsed[name], position).includes(source))
      throw new Error(
        `genotype.${name}[${String(position)}]: found source ${String(source)}; ` +
          `give one of ${sourcesOf(parsed[name], position).join(', ')}`,
      );
  }
  return parsed;
}

const describeCell = (pairs: Cell): string =>
  pairs.map(([operation, source]) => `${operation}~${String(source)}`).join(' ');

/** Two cells of four nodes with two inputs each. Its networks are not written down: it is searched in simulation only. */
export const dartsLikeSpace = (K: Surrogate): Space<DartsGenotype> => ({
  // Sources of a node with i earlier ones: (i + 2 choose 2); seven operations on each of the eight pairs.
  size: (180 * operations.length ** (2 * nodes)) ** 2,
  parse: parseGenotype,
  sample: (random) => ({normal: sampleCell(random), reduce: sampleCell(random)}),
  mutate: (genotype, random) => {
    const {name, position} = random.pick(places);
    return random.pick(stepsAt(genotype, name, position));
  },
  neighbours: (genotype) => places.flatMap(({name, position}) => stepsAt(genotype, name, position)),
  canonical: (genotype) => canonicalOf(K, genotype),
  network: () => {
    throw new Error('a DARTS-like surrogate has scores and no networks: limit what the surrogate measures');
  },
  decisions: dartsDecisions,
  features: dartsFeatures,
  describe: ({normal, reduce}) => `normal ${describeCell(normal)} | reduce ${describeCell(reduce)}`,
});

/** The world of a surrogate. It has no learning curves: a training is one epoch. */
export function dartsLikeWorld(K: Surrogate): World {
  const space = dartsLikeSpace(K);
  return {
    goal: 'Maximize',
    bestReport: undefined,
    problem: (seed) => ({
      space: space,
      training: {},
      objectives: [{metric: guideMetric, goal: 'Maximize'}],
      maxEpochs: 1,
      seed,
    }),
    train: ({genotype}) => {
      const {guide, cost, report, canonical} = scoreGenotype(K, genotype as DartsGenotype);
      return {key: canonical, guide, report, cost, epoch: 1};
    },
  };
}
