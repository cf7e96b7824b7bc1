import type {Decision, Decisions} from '../../space.ts';
import {parseTabular, sharedChoices} from './genotype.ts';
import type {TabularGenotype} from './genotype.ts';
import type {TabularSettings} from './settings.ts';

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

const ordered = (name: string, values: readonly number[]): Decision => ({
  name,
  choices: ascending(values),
  ordered: true,
});

/** How many layers; the width of each, as far as there are layers; and then what all of them share. */
export function tabularDecisions(settings: TabularSettings): Decisions<TabularGenotype> {
  const {min, max} = settings.layers;
  const layers = ordered(
    'layers',
    Array.from({length: max - min + 1}, (_, more) => min + more),
  );
  const widths = Array.from({length: max}, (_, at) => ordered(`widths[${String(at)}]`, settings.widths));
  const shared: readonly Decision[] = sharedChoices.map(({field, setting}) =>
    field === 'dropout' ? ordered(field, settings.dropout) : {name: field, choices: settings[setting], ordered: false},
  );
  const depthOf = (taken: readonly number[]): number => min + (taken[0] ?? 0);
  const chosen = ({choices}: Decision, taken: number | undefined): Decision['choices'][number] => {
    const choice = taken === undefined ? undefined : choices[taken];
    if (choice === undefined)
      throw new RangeError(`decision ${String(taken)}: there are ${String(choices.length)} choices`);
    return choice;
  };
  return {
    next: (taken) => [layers, ...widths.slice(0, depthOf(taken)), ...shared][taken.length],
    genotype: (taken) => {
      const depth = depthOf(taken);
      const rest = taken.slice(1 + depth);
      const choices = Object.fromEntries(shared.map((decision, at) => [decision.name, chosen(decision, rest[at])]));
      const layerWidths = widths.slice(0, depth).map((decision, at) => Number(chosen(decision, taken[1 + at])));
      return parseTabular({widths: layerWidths, ...choices}, settings);
    },
    taken: (genotype) => [
      genotype.widths.length - min,
      ...genotype.widths.map((width, at) => widths[at]?.choices.indexOf(width) ?? 0),
      ...sharedChoices.map(({field}, at) => shared[at]?.choices.indexOf(genotype[field]) ?? 0),
    ],
  };
}
