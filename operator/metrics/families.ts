import type {Families} from './family.ts';
import {operatorFamilies} from './operator-families.ts';
import {budgetFamilies, searchFamilies} from './search-families.ts';

/** Every metric of the operator, in the order in which docs/metrics.md has them. */
export const families = {...searchFamilies, ...budgetFamilies, ...operatorFamilies} as const satisfies Families;
export type FamilyName = keyof typeof families;
