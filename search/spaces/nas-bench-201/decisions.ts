import type {Decision, Decisions} from '../../space.ts';
import {cellOperations, edges, formatCell, parseCell} from './cell.ts';

const perEdge: readonly Decision[] = edges.map(({from, to}) => ({
  name: `edge ${String(from)}→${String(to)}`,
  choices: cellOperations,
  ordered: false,
}));

/** One decision per edge, in the order of the architecture string. */
export const decisions: Decisions<string> = {
  next: (taken) => perEdge[taken.length],
  genotype: (taken) => formatCell(taken.map((choice) => cellOperations[choice] ?? 'none')),
  taken: (genotype) => parseCell(genotype).map((operation) => cellOperations.indexOf(operation)),
};
