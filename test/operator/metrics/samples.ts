import type {FamilyName} from '../../../operator/metrics/families.ts';
import type {Sample} from '../../../operator/metrics/sample.ts';

/** Values of a metric by what its labels say beyond namespace and search, joined by commas. */
export function valuesOf(samples: readonly Sample[], name: FamilyName): Record<string, number> {
  const own = samples.filter((sample) => sample.name === name);
  return Object.fromEntries(
    own.map(({labels, value}) => {
      const {namespace: _namespace, search: _search, budget: _budget, ...others} = labels;
      return [Object.values(others).join(','), value];
    }),
  );
}
