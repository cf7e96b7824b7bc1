import {cellOperations, edgesInto, innerNodes} from './cell.ts';
import type {Cell, CellOperationName} from './cell.ts';

/** A path that leaves out the identities is a word over these. */
const steps: readonly CellOperationName[] = cellOperations.filter(
  (operation) => operation !== 'none' && operation !== 'skip_connect',
);
/** Number of words of up to three letters: 1 + 3 + 9 + 27. */
const words = innerNodes.reduce<number>((sum, length) => sum + steps.length ** length, 1);
/** No word occurs more often: with skip connections alone, the empty one does, once on each of the four paths. */
const mostPaths = 4;

/** The number of a word that is one letter longer; the empty word has 0, and words of one length follow one another. */
const extended = (word: number, letter: number): number => word * steps.length + letter + 1;

/**
 * Path encoding (White et al. 2021, BANANAS, section 4): how often each sequence of operations leads from the cell's input to its
 * output, as a share of the four paths. Dead paths and identities are left out, so that isomorphic cells have one encoding.
 * Returns 40 numbers from 0 to 1.
 */
export function pathCounts(cell: Cell): number[] {
  const wordsAt: number[][] = [[0]];
  for (const node of innerNodes)
    wordsAt.push(
      edgesInto(cell, node).flatMap(({from, operation}) => {
        const reaching = wordsAt[from] ?? [];
        if (operation === 'none') return [];
        const letter = steps.indexOf(operation);
        return letter < 0 ? reaching : reaching.map((word) => extended(word, letter));
      }),
    );
  const counts = Array.from({length: words}, () => 0);
  for (const word of wordsAt.at(-1) ?? []) counts[word] = (counts[word] ?? 0) + 1 / mostPaths;
  return counts;
}
