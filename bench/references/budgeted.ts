import type {Random} from '../../search/random.ts';
import {nasBench201} from '../../search/spaces/nas-bench-201.ts';

/** One cell of NAS-Bench-201 as the references see it; all numbers finite. */
export interface Cell {
  readonly guide: number;
  readonly cost: number;
  readonly report: number;
}

export type Cells = ReadonlyMap<string, Cell>;

export const cellSpace = nasBench201.open({cellsPerStage: 5, channels: 16});

/** Trains cells until the budget is spent; the incumbent is the one with the best guide. */
export class Budgeted {
  readonly #cells: Cells;
  #left: number;
  #best: Cell | undefined;

  constructor(cells: Cells, seconds: number) {
    this.#cells = cells;
    this.#left = seconds;
  }

  /** The guide of a cell that is trained for its price, `undefined` once the budget would be crossed. */
  train(genotype: string): number | undefined {
    const cell = this.#cells.get(genotype);
    if (cell === undefined) throw new Error(`The table lacks the cell ${genotype}: give one of all 15,625.`);
    if (cell.cost > this.#left) return undefined;
    this.#left -= cell.cost;
    if (this.#best === undefined || cell.guide > this.#best.guide) this.#best = cell;
    return cell.guide;
  }

  get report(): number {
    return this.#best?.report ?? Number.NaN;
  }
}

/** A reference spends the budget; the report of its incumbent is the result. */
export type Reference = (budget: Budgeted, random: Random) => void;
