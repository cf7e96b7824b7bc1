import {chosenOf} from '../../choices.ts';
import type {Chosen} from '../../choices.ts';
import type {Candidate, Problem} from '../../strategy.ts';

/** One choice as distances see it: what kind of choice it is, its value, and what the whole way along an ordered axis is. */
interface Item {
  /** Name of the axis; those of a list, such as the width of each layer, go by one name. */
  readonly name: string;
  readonly value: number;
  /** 0 where values have no order: then any two are as far from each other as can be. */
  readonly span: number;
}

/** A candidate as a sequence of choices. */
export interface Sequence {
  readonly architecture: readonly Item[];
  readonly training: readonly Item[];
}

const spanOf = ({axis}: Chosen): number => (axis.kind === 'range' ? 1 : axis.ordered ? axis.size - 1 : 0);

const itemOf = (chosen: Chosen): Item => ({
  name: chosen.axis.name.replace(/\[\d+\]$/, ''),
  value: chosen.value,
  span: spanOf(chosen),
});

export function sequenceOf(problem: Problem, candidate: Candidate): Sequence {
  const items = chosenOf(problem, candidate).map(itemOf);
  const isTraining = ({name}: Item): boolean => name.startsWith('training.');
  return {architecture: items.filter((each) => !isTraining(each)), training: items.filter(isTraining)};
}

/** What it takes to turn one choice into another: nothing to everything, in the order of amounts. */
function exchange(a: Item, b: Item): number {
  if (a.name !== b.name) return Infinity;
  if (a.value === b.value) return 0;
  return a.span === 0 ? 1 : Math.abs(a.value - b.value) / a.span;
}

/** What it takes to put in a choice, or to leave it out. */
const indel = 1;

/** The least sum of exchanges, insertions and deletions between two sequences (Wagner & Fischer 1974), in O(length²). */
function alignment(a: readonly Item[], b: readonly Item[]): number {
  // One row of the table: it is asked for thousands of times at each proposal.
  const row = new Float64Array(b.length + 1);
  for (let column = 1; column <= b.length; column += 1) row[column] = column * indel;
  for (const from of a) {
    let diagonal = row[0] as number;
    let left = diagonal + indel;
    row[0] = left;
    for (let column = 1; column <= b.length; column += 1) {
      const above = row[column] as number;
      left = Math.min(diagonal + exchange(from, b[column - 1] as Item), above + indel, left + indel);
      row[column] = left;
      diagonal = above;
    }
  }
  return row[b.length] as number;
}

/**
 * Squared edit distance of two candidates (Jin, Song & Hu 2019, Auto-Keras, section 3.2): how far the layers of one network are from those
 * of the other, a layer more or less counting 1, and what the shared choices and training settings differ in.
 */
export function squaredEditDistance(a: Sequence, b: Sequence): number {
  const training = a.training.reduce((sum, chosen, at) => {
    const other = b.training[at];
    return sum + (other === undefined ? 1 : exchange(chosen, other));
  }, 0);
  return (alignment(a.architecture, b.architecture) + training) ** 2;
}
