import type {Random} from '../../search/random.ts';
import {cellSpace} from './budgeted.ts';
import type {Reference} from './budgeted.ts';

/** Population and sample as in Dong & Yang 2020 (NAS-Bench-201, section 5). */
const population = 10;
const sample = 3;
/** Draws in search of a cell that is new. */
const patience = 100;

interface Member {
  readonly genotype: string;
  readonly guide: number;
}

/** Passes over what is isomorphic to a cell that was trained. */
function unseen(draw: () => string, seen: Set<string> | undefined): string {
  let genotype = draw();
  for (let again = 1; seen?.has(cellSpace.canonical(genotype)) === true && again < patience; again += 1)
    genotype = draw();
  seen?.add(cellSpace.canonical(genotype));
  return genotype;
}

function parentOf(members: readonly Member[], random: Random): Member {
  const drawn = Array.from({length: sample}, () => random.pick(members));
  return drawn.reduce((best, member) => (member.guide > best.guide ? member : best));
}

/** Aging evolution as in Real et al. 2019, algorithm 1; with `seen`, without the duplicates. */
function evolve(seen: Set<string> | undefined): Reference {
  return (budget, random) => {
    let members: Member[] = [];
    for (;;) {
      const genotype = unseen(
        () =>
          members.length < population
            ? cellSpace.sample(random)
            : cellSpace.mutate(parentOf(members, random).genotype, random).genotype,
        seen,
      );
      const guide = budget.train(genotype);
      if (guide === undefined) return;
      members = [...members, {genotype, guide}].slice(-population);
    }
  };
}

export const plainEvolution: Reference = (budget, random) => {
  evolve(undefined)(budget, random);
};

/** The same with isomorphic deduplication. */
export const deduplicatedEvolution: Reference = (budget, random) => {
  evolve(new Set())(budget, random);
};
