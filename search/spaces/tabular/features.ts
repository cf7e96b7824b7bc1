import {sharedChoices} from './genotype.ts';
import type {TabularGenotype} from './genotype.ts';
import type {TabularSettings} from './settings.ts';

/** A linear model has none of the choices: half way everywhere. */
const absent = 0.5;

const share = (value: number, most: number): number => (most === 0 ? 0 : value / most);

/**
 * What a predictor sees of a perceptron: depth, the width of each layer on a logarithmic scale (0 where there is none), each shared choice
 * as one number per value, and whether residual connections join layers. All from 0 to 1.
 */
export function tabularFeatures(genotype: TabularGenotype, settings: TabularSettings): number[] {
  const {widths} = genotype;
  const widest = Math.log2(Math.max(...settings.widths) + 1);
  const joins = genotype.residual && widths.some((width, at) => at > 0 && width === widths[at - 1]);
  const chosen = sharedChoices
    .filter(({field}) => field !== 'residual')
    .flatMap(({field, setting}) => {
      const values: readonly unknown[] = settings[setting];
      return values.map((value) => (widths.length === 0 ? absent : Number(value === genotype[field])));
    });
  return [
    share(widths.length, settings.layers.max),
    ...Array.from({length: settings.layers.max}, (_, at) => Math.log2((widths[at] ?? 0) + 1) / widest),
    ...chosen,
    Number(joins),
  ];
}
