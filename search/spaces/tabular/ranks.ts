import type {TabularGenotype} from './genotype.ts';
import type {TabularSettings} from './settings.ts';

/** Reads a number digit by digit, each to its own base, the lowest first. */
class Digits {
  #rest: number;

  constructor(rest: number) {
    this.#rest = rest;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.#rest % values.length];
    this.#rest = Math.floor(this.#rest / values.length);
    if (value === undefined) throw new RangeError('there is nothing to pick from');
    return value;
  }

  get rest(): number {
    return this.#rest;
  }
}

/** The genotype of a rank: the shared choices are its lowest digits, the shapes of fewer layers come first. */
export function tabularAt(rank: number, choices: TabularSettings): TabularGenotype {
  const digits = new Digits(rank);
  const shared = {
    activation: digits.pick(choices.activations),
    dropout: digits.pick(choices.dropout),
    normalization: digits.pick(choices.normalization),
    residual: digits.pick(choices.residual),
  };
  let shape = digits.rest;
  let depth = choices.layers.min;
  while (depth < choices.layers.max && shape >= choices.widths.length ** depth) {
    shape -= choices.widths.length ** depth;
    depth += 1;
  }
  const widthDigits = new Digits(shape);
  return {widths: Array.from({length: depth}, () => widthDigits.pick(choices.widths)), ...shared};
}
