import {chosenOf} from '../../choices.ts';
import type {Chosen} from '../../choices.ts';
import type {Candidate, Problem} from '../../strategy.ts';

/** A candidate as a sequence of choices; those of a list, such as the width of each layer, go by one name. */
export interface Sequence {
  readonly architecture: readonly Chosen[];
  readonly training: readonly Chosen[];
}

export function sequenceOf(problem: Problem, candidate: Candidate): Sequence {
  const chosen = chosenOf(problem, candidate);
  const isTraining = ({axis}: Chosen): boolean => axis.name.startsWith('training.');
  return {architecture: chosen.filter((each) => !isTraining(each)), training: chosen.filter(isTraining)};
}

const withoutPlace = (name: string): string => name.replace(/\[\d+\]$/, '');

/** What it takes to turn one choice into another: nothing to everything, in the order of amounts. */
function exchange(a: Chosen, b: Chosen): number {
  if (withoutPlace(a.axis.name) !== withoutPlace(b.axis.name)) return Infinity;
  if (a.value === b.value) return 0;
  if (a.axis.kind === 'range') return Math.abs(a.value - b.value);
  return a.axis.ordered ? Math.abs(a.value - b.value) / (a.axis.size - 1) : 1;
}

/** What it takes to put in a choice, or to leave it out. */
const indel = 1;

/** The least sum of exchanges, insertions and deletions between two sequences (Wagner & Fischer 1974), in O(length²). */
function alignment(a: readonly Chosen[], b: readonly Chosen[]): number {
  let above = Array.from({length: b.length + 1}, (_, at) => at * indel);
  for (const [row, from] of a.entries()) {
    const current = [(row + 1) * indel];
    for (const [column, to] of b.entries())
      current.push(
        Math.min(
          (above[column] ?? 0) + exchange(from, to),
          (above[column + 1] ?? 0) + indel,
          (current[column] ?? 0) + indel,
        ),
      );
    above = current;
  }
  return above.at(-1) ?? 0;
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
