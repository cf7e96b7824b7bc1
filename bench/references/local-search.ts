import type {Random} from '../../search/random.ts';
import type {Step} from '../../search/space.ts';
import {cellSpace} from './budgeted.ts';
import type {Reference} from './budgeted.ts';

/**
 * Hill climbing as in White et al. 2020 (Local search is state of the art for neural architecture search benchmarks, algorithm 1): the
 * neighbours in random order, on to the first that is better, a new start when none is. Isomorphic cells are trained once.
 */
export const localSearch: Reference = (budget, random) => {
  const known = new Map<string, number>();
  const guideOf = (genotype: string): number | undefined => {
    const canonical = cellSpace.canonical(genotype);
    const guide = known.get(canonical) ?? budget.train(genotype);
    if (guide !== undefined) known.set(canonical, guide);
    return guide;
  };
  while (climb(guideOf, random));
};

/** Climbs from a random cell to where no neighbour is better; false once the budget is spent. */
function climb(guideOf: (genotype: string) => number | undefined, random: Random): boolean {
  let at = cellSpace.sample(random);
  for (;;) {
    const best = guideOf(at);
    if (best === undefined) return false;
    const next = firstBetter(random.shuffle([...cellSpace.neighbours(at)]), {best, guideOf});
    if (next === 'spent') return false;
    if (next === 'none') return true;
    at = next.genotype;
  }
}

function firstBetter(
  steps: readonly Step<string>[],
  {best, guideOf}: {best: number; guideOf: (genotype: string) => number | undefined},
): Step<string> | 'none' | 'spent' {
  for (const step of steps) {
    const guide = guideOf(step.genotype);
    if (guide === undefined) return 'spent';
    if (guide > best) return step;
  }
  return 'none';
}
