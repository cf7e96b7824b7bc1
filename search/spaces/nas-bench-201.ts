import {z} from 'zod';
import type {Random} from '../random.ts';
import type {Space, SpaceType, Step} from '../space.ts';
import {cellOperations, edges, expressionOf, formatCell, graphOf, parseCell} from './nas-bench-201/cell.ts';
import type {Cell, CellOperationName} from './nas-bench-201/cell.ts';
import {decisions} from './nas-bench-201/decisions.ts';
import {pathCounts} from './nas-bench-201/paths.ts';
import {buildNetwork} from './nas-bench-201/skeleton.ts';

const settings = z.strictObject({
  cellsPerStage: z.int().min(1).max(20).default(5).describe('Cells in each of the three stages; 5 as published.'),
  channels: z
    .int()
    .min(1)
    .max(512)
    .default(16)
    .describe('Channels of the first stage, doubled in each later one; 16 as published, 8 is enough for small images.'),
});
type Settings = z.output<typeof settings>;

/** The cell with another operation on one edge. */
function stepAt(cell: Cell, at: number, operation: CellOperationName): Step<string> {
  const edge = edges[at];
  const before = cell[at];
  if (edge === undefined || before === undefined) throw new RangeError(`a cell has no edge ${String(at)}`);
  return {
    genotype: formatCell(cell.with(at, operation)),
    change: `edge ${String(edge.from)}→${String(edge.to)}: ${before} → ${operation}`,
  };
}

function* neighbours(genotype: string): Generator<Step<string>> {
  const cell = parseCell(genotype);
  for (const [at, before] of cell.entries())
    for (const operation of cellOperations) if (operation !== before) yield stepAt(cell, at, operation);
}

function mutate(genotype: string, random: Random): Step<string> {
  const cell = parseCell(genotype);
  const at = random.integer(edges.length);
  return stepAt(cell, at, random.pick(cellOperations.filter((operation) => operation !== cell[at])));
}

function describe(genotype: string): string {
  const live = parseCell(genotype).flatMap((operation, at) => {
    const edge = edges[at];
    return operation === 'none' || edge === undefined ? [] : [`${String(edge.from)}→${String(edge.to)} ${operation}`];
  });
  return live.length === 0 ? 'cell without a live edge' : `cell ${live.join(', ')}`;
}

/** The operation that a number stands for in base 5. */
const operationAt = (digits: number): CellOperationName => cellOperations[digits % cellOperations.length] ?? 'none';

const open = (skeleton: Settings): Space<string> => ({
  size: cellOperations.length ** edges.length,
  parse: (value) => formatCell(parseCell(value)),
  sample: (random) => formatCell(edges.map(() => random.pick(cellOperations))),
  mutate,
  neighbours,
  canonical: (genotype) => expressionOf(parseCell(genotype)),
  network: (genotype, data) => buildNetwork(parseCell(genotype), skeleton, data),
  describe,
  cells: (genotype) => [graphOf(parseCell(genotype))],
  decisions,
  features: (genotype) => pathCounts(parseCell(genotype)),
  at: (rank) => formatCell(edges.map((_, place) => operationAt(Math.floor(rank / cellOperations.length ** place)))),
});

/** The cells of NAS-Bench-201 (Dong & Yang, ICLR 2020): four nodes, six edges, five operations. A genotype is the architecture string. */
export const nasBench201: SpaceType<Settings, string> = {
  type: 'NasBench201',
  tasks: ['ImageClassification'],
  settings,
  open,
};
