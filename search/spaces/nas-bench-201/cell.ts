import type {OperationName} from '../../operations/index.ts';
import type {CellGraph} from '../../space.ts';

/** Operations of NAS-Bench-201 in the order in which its authors list them. */
export const cellOperations = [
  'none',
  'skip_connect',
  'nor_conv_1x1',
  'nor_conv_3x3',
  'avg_pool_3x3',
] as const satisfies readonly OperationName[];
export type CellOperationName = (typeof cellOperations)[number];

/** The edges of a cell of four nodes, each from an earlier node to a later one, in the order of the architecture string. */
export const edges = [
  {from: 0, to: 1},
  {from: 0, to: 2},
  {from: 1, to: 2},
  {from: 0, to: 3},
  {from: 1, to: 3},
  {from: 2, to: 3},
] as const;
export const innerNodes = [1, 2, 3] as const;

/** One operation per edge. */
export type Cell = readonly CellOperationName[];

/** The edges that end in `node`, with their operations. */
export const edgesInto = (cell: Cell, node: number): {readonly from: number; readonly operation: CellOperationName}[] =>
  cell.flatMap((operation, at) => {
    const edge = edges[at];
    return edge?.to === node ? [{from: edge.from, operation}] : [];
  });

/** The published notation: `|nor_conv_3x3~0|+|none~0|skip_connect~1|+|…|`, one group per node. */
export const formatCell = (cell: Cell): string =>
  innerNodes
    .map(
      (node) =>
        `|${edgesInto(cell, node)
          .map(({from, operation}) => `${operation}~${String(from)}`)
          .join('|')}|`,
    )
    .join('+');

const example = '|nor_conv_3x3~0|+|nor_conv_3x3~0|skip_connect~1|+|skip_connect~0|none~1|avg_pool_3x3~2|';

/** Reads the published notation; throws an Error that says which edge is wrong. */
export function parseCell(value: unknown): Cell {
  if (typeof value !== 'string')
    throw new Error(`genotype: found ${JSON.stringify(value)}; give an architecture string such as ${example}`);
  const tokens = value.match(/[^|+]+/g) ?? [];
  const cell = edges.map(({from, to}, at) => {
    const [name, source] = tokens[at]?.split('~') ?? [];
    const operation = cellOperations.find((known) => known === name);
    if (operation === undefined || source !== String(from))
      throw new Error(
        `genotype: edge ${String(from)}→${String(to)}: found ${tokens[at] ?? 'nothing'}; ` +
          `give OPERATION~${String(from)} with one of ${cellOperations.join(', ')}`,
      );
    return operation;
  });
  if (formatCell(cell) !== value) throw new Error(`genotype: found ${value}; give six edges in the form of ${example}`);
  return cell;
}

/** The cell as its authors draw it: four feature maps and the edges that carry something. */
export const graphOf = (cell: Cell): CellGraph => ({
  name: 'cell',
  nodes: ['0', ...innerNodes.map(String)],
  edges: edges.flatMap(({from, to}, at) => {
    const operation = cell[at] ?? 'none';
    return operation === 'none' ? [] : [{from: String(from), to: String(to), operation}];
  }),
});

const dead = '#';

/** What an edge brings, in terms of what its source node computes. A node fed by one dead edge alone is dead itself. */
function termOf(operation: CellOperationName, source: string): string {
  if (operation === 'none' || source === dead) return dead;
  return operation === 'skip_connect' ? source : `(${source})@${operation}`;
}

/**
 * The expression that the cell's last node computes, with the summands of every node sorted, identities dropped and dead edges as `#`.
 * Two cells with equal expressions are isomorphic (Dong & Yang 2020, NAS-Bench-201, section 2.1: 6,466 classes of 15,625 cells).
 */
export function expressionOf(cell: Cell): string {
  const nodes = ['0'];
  for (const node of innerNodes)
    nodes.push(
      edgesInto(cell, node)
        .map(({from, operation}) => termOf(operation, nodes[from] ?? dead))
        .sort()
        .join('+'),
    );
  return nodes.at(-1) ?? dead;
}
