import {readFileSync} from 'node:fs';
import {dartsLikeWorld, surrogateSchema} from '../../search/simulation/darts-like.ts';
import type {BenchRow} from '../bench.ts';
import {runsOf} from './cells.ts';
import {pairedRow} from './paired.ts';

/** Another one may be given, as the generator writes it. */
const file = process.env['ARCHSEARCH_DARTS_LIKE'] ?? new URL('../../test/data/darts-like-1.json', import.meta.url);
const evaluations = 300;
const peers = ['Random', 'RegularizedEvolution', 'LocalSearch', 'Tpe', 'Bananas'];
/** The guide rises to 95.5 without its noise. */
const ceiling = 100;

/** Figure 2: a space in which hill climbing gets stuck, 300 evaluations. */
export function surrogateRows(seeds: readonly number[]): BenchRow[] {
  const world = dartsLikeWorld(surrogateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  const errors = (type: string): number[] =>
    runsOf(world, {type}, {seeds, evaluations}).map(({report}) => ceiling - report);
  const ours = errors('Portfolio');
  return peers.map((peer) =>
    pairedRow(
      {case: 'DARTS-like, 300 evaluations, Portfolio', unit: 'test error, percent', peerName: peer},
      {ours, peer: errors(peer)},
    ),
  );
}
