import type {Random} from '../random.ts';
import type {Space, SpaceType} from '../space.ts';
import {tabularDecisions} from './tabular/decisions.ts';
import {tabularFeatures} from './tabular/features.ts';
import {canonicalTabular, describeTabular, parseTabular} from './tabular/genotype.ts';
import type {TabularGenotype} from './tabular/genotype.ts';
import {tabularMorphs} from './tabular/morphs.ts';
import {buildTabular} from './tabular/network.ts';
import {tabularAt} from './tabular/ranks.ts';
import {settings} from './tabular/settings.ts';
import type {TabularSettings} from './tabular/settings.ts';
import {mutateTabular, neighboursOf} from './tabular/steps.ts';

function sizeOf({layers, widths, activations, dropout, normalization, residual}: TabularSettings): number {
  const depths = Array.from({length: layers.max - layers.min + 1}, (_, more) => layers.min + more);
  const shapes = depths.reduce((sum, depth) => sum + widths.length ** depth, 0);
  return shapes * activations.length * dropout.length * normalization.length * residual.length;
}

function sample(choices: TabularSettings, random: Random): TabularGenotype {
  const depth = choices.layers.min + random.integer(choices.layers.max - choices.layers.min + 1);
  return {
    widths: Array.from({length: depth}, () => random.pick(choices.widths)),
    activation: random.pick(choices.activations),
    dropout: random.pick(choices.dropout),
    normalization: random.pick(choices.normalization),
    residual: random.pick(choices.residual),
  };
}

const once = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** A value that is listed twice counts once. */
function distinctSettings(given: TabularSettings): TabularSettings {
  if (given.layers.min > given.layers.max)
    throw new RangeError(
      `layers: found min ${String(given.layers.min)} and max ${String(given.layers.max)}; give a min of at most max`,
    );
  return {
    layers: given.layers,
    widths: once(given.widths),
    activations: once(given.activations),
    dropout: once(given.dropout),
    normalization: once(given.normalization),
    residual: once(given.residual),
  };
}

const openDistinct = (choices: TabularSettings): Space<TabularGenotype> => ({
  size: sizeOf(choices),
  parse: (value) => parseTabular(value, choices),
  sample: (random) => sample(choices, random),
  mutate: (genotype, random) => mutateTabular(genotype, choices, random),
  neighbours: (genotype) => neighboursOf(genotype, choices),
  morphs: (genotype) => tabularMorphs(genotype, choices),
  canonical: canonicalTabular,
  network: buildTabular,
  describe: describeTabular,
  decisions: tabularDecisions(choices),
  features: (genotype) => tabularFeatures(genotype, choices),
  at: (rank) => tabularAt(rank, choices),
});

/** Multilayer perceptrons for tables, with residual connections (the family of Gorishniy et al. 2021, Revisiting deep learning models for tabular data). */
export const tabular: SpaceType<TabularSettings, TabularGenotype> = {
  type: 'Tabular',
  tasks: ['TabularClassification', 'TabularRegression'],
  settings,
  open: (given) => openDistinct(distinctSettings(given)),
};
