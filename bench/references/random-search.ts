import {cellSpace} from './budgeted.ts';
import type {Reference} from './budgeted.ts';

/** Cells drawn uniformly, with repetition, as in Dong & Yang 2020 (NAS-Bench-201, section 5). */
export const randomSearch: Reference = (budget, random) => {
  while (budget.train(cellSpace.sample(random)) !== undefined);
};
