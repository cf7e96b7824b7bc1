import type {Random} from '../../random.ts';
import type {Step} from '../../space.ts';
import {sharedChoices} from './genotype.ts';
import type {TabularGenotype} from './genotype.ts';
import type {TabularSettings} from './settings.ts';

type TabularStep = Step<TabularGenotype>;

const dashed = (widths: readonly number[]): string => (widths.length === 0 ? 'linear' : widths.join('-'));

function withWidths(genotype: TabularGenotype, widths: readonly number[]): TabularStep {
  return {genotype: {...genotype, widths}, change: `widths: ${dashed(genotype.widths)} → ${dashed(widths)}`};
}

/** One layer gets another width. */
const resized = (genotype: TabularGenotype, {widths: choices}: TabularSettings): TabularStep[] =>
  genotype.widths.flatMap((width, at) =>
    choices
      .filter((choice) => choice !== width)
      .map((choice) => withWidths(genotype, genotype.widths.with(at, choice))),
  );

/** One layer more. Beside a layer of the same width it makes no difference on which side: each result comes once. */
function deepened(genotype: TabularGenotype, {widths: choices, layers}: TabularSettings): TabularStep[] {
  if (genotype.widths.length >= layers.max) return [];
  const places = Array.from({length: genotype.widths.length + 1}, (_, at) => at);
  return places.flatMap((at) =>
    choices
      .filter((choice) => choice !== genotype.widths[at])
      .map((choice) => withWidths(genotype, genotype.widths.toSpliced(at, 0, choice))),
  );
}

/** One layer less; of layers of one width in a row, the first. */
function flattened(genotype: TabularGenotype, {layers}: TabularSettings): TabularStep[] {
  if (genotype.widths.length <= layers.min) return [];
  return genotype.widths.flatMap((width, at) =>
    at > 0 && genotype.widths[at - 1] === width ? [] : [withWidths(genotype, genotype.widths.toSpliced(at, 1))],
  );
}

function exchanged(
  genotype: TabularGenotype,
  settings: TabularSettings,
  {field, setting}: (typeof sharedChoices)[number],
): TabularStep[] {
  const before = genotype[field];
  const others = settings[setting].filter((choice: unknown) => choice !== before);
  return others.map((after) => ({
    genotype: {...genotype, [field]: after},
    change: `${field}: ${String(before)} → ${String(after)}`,
  }));
}

/** The one-step neighbourhood, grouped by what changes. */
function groupsOf(genotype: TabularGenotype, settings: TabularSettings): TabularStep[][] {
  return [
    resized(genotype, settings),
    deepened(genotype, settings),
    flattened(genotype, settings),
    ...sharedChoices.map((choice) => exchanged(genotype, settings, choice)),
  ].filter((group) => group.length > 0);
}

export const neighboursOf = (genotype: TabularGenotype, settings: TabularSettings): TabularStep[] =>
  groupsOf(genotype, settings).flat();

/** What changes is drawn first, so that the many widths do not crowd out the rest. */
export function mutateTabular(genotype: TabularGenotype, settings: TabularSettings, random: Random): TabularStep {
  const groups = groupsOf(genotype, settings);
  if (groups.length === 0) return {genotype, change: 'nothing: the space has one architecture'};
  return random.pick(random.pick(groups));
}
