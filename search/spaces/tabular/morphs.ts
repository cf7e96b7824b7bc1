import type {Step} from '../../space.ts';
import type {TabularGenotype} from './genotype.ts';
import type {TabularSettings} from './settings.ts';

/** How a network becomes a larger one that computes the same, at first. */
export type TabularEdit =
  /** A layer behind hidden layer `after`, as wide as that; with a skip connection over it when the child is residual. */
  | {readonly kind: 'Deepen'; readonly after: number}
  /** Hidden layer `layer` gets more units. */
  | {readonly kind: 'Widen'; readonly layer: number; readonly units: number};

export interface TabularMorph extends Step<TabularGenotype> {
  readonly edit: TabularEdit;
}

/** Does a residual connection enter the sum behind layer `at`? */
const joins = (widths: readonly number[], at: number): boolean => at > 0 && widths[at] === widths[at - 1];
const anyJoin = (widths: readonly number[]): boolean => widths.some((_, at) => joins(widths, at));

/**
 * A new layer is the identity if it is skipped and gives zeros, or if nothing changes what it passes on: a rectifier leaves what was
 * rectified, and batch normalization can be set to do nothing. Layer normalization never does nothing.
 */
const identityWithoutSkip = ({activation, normalization}: TabularGenotype): boolean =>
  activation === 'relu' && normalization !== 'LayerNorm';

function deepened(genotype: TabularGenotype, {layers, residual}: TabularSettings): TabularMorph[] {
  if (genotype.widths.length >= layers.max) return [];
  return genotype.widths.flatMap((width, after) => {
    const widths = genotype.widths.toSpliced(after + 1, 0, width);
    const morph = (skip: boolean, change: string): TabularMorph => ({
      genotype: {...genotype, widths, residual: skip},
      change: `${change} behind hidden layer ${String(after + 1)}: ${String(width)} units`,
      edit: {kind: 'Deepen', after},
    });
    // A skip connection may be added where none would join anything else: it would change what the others compute.
    const addsSkip = residual.includes(true) && (genotype.residual || !anyJoin(genotype.widths));
    const plain = !genotype.residual && identityWithoutSkip(genotype);
    return [
      ...(addsSkip ? [morph(true, genotype.residual ? 'deepened' : 'deepened with a skip connection')] : []),
      ...(plain ? [morph(false, 'deepened')] : []),
    ];
  });
}

/** Units are repeated: layer normalization keeps its mean and variance only if every unit is repeated as often. */
function canWiden({normalization}: TabularGenotype, from: number, to: number): boolean {
  return to > from && (normalization !== 'LayerNorm' || to % from === 0);
}

function widened(genotype: TabularGenotype, {widths: choices}: TabularSettings): TabularMorph[] {
  return genotype.widths.flatMap((width, layer) =>
    choices.flatMap((units): TabularMorph[] => {
      const widths = genotype.widths.with(layer, units);
      const joined = [layer, layer + 1].some((at) => joins(genotype.widths, at) || joins(widths, at));
      if (!canWiden(genotype, width, units) || (genotype.residual && joined)) return [];
      const change = `widened hidden layer ${String(layer + 1)}: ${String(width)} → ${String(units)} units`;
      return [{genotype: {...genotype, widths}, change, edit: {kind: 'Widen', layer, units}}];
    }),
  );
}

/** The edits of one step that keep the function (Chen, Goodfellow & Shlens 2016, Net2Net; Wei et al. 2016, Network morphism). */
export const tabularMorphs = (genotype: TabularGenotype, settings: TabularSettings): TabularMorph[] => [
  ...deepened(genotype, settings),
  ...widened(genotype, settings),
];
