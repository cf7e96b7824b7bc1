import type {Space} from '../space.ts';

const only = {genotype: null, change: 'nothing: there is one architecture'} as const;

/** A space of one architecture, for searches over parameters alone. */
export const oneArchitecture: Space = {
  size: 1,
  parse: () => null,
  sample: () => null,
  mutate: () => only,
  neighbours: () => [],
  canonical: () => 'one',
  network: (_genotype, {input}) => ({input, layers: [], output: 'input'}),
  describe: () => 'the only architecture',
};
