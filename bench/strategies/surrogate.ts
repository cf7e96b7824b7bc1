import {readFileSync} from 'node:fs';
import {dartsLikeWorld, surrogateSchema} from '../../search/simulation/darts-like.ts';
import type {BenchRow} from '../bench.ts';
import {runsOf} from './cells.ts';
import {pairedRows} from './paired.ts';
import {versionOf} from './record.ts';
import type {Findings, Side} from './record.ts';

/** Another one may be given, as the generator writes it. */
const file = process.env['ARCHSEARCH_DARTS_LIKE'] ?? new URL('../../test/data/darts-like-1.json', import.meta.url);
const evaluations = 300;
const peers = ['Random', 'RegularizedEvolution', 'LocalSearch', 'Tpe', 'Bananas'];
/** The guide rises to 95.5 without its noise. */
const ceiling = 100;

/** Figure 2: a space in which hill climbing gets stuck, 300 evaluations. */
export async function surrogateRows(findings: Findings, seeds: readonly number[]): Promise<BenchRow[]> {
  const world = dartsLikeWorld(surrogateSchema.parse(JSON.parse(readFileSync(file, 'utf8'))));
  const sideOf = (type: string): Side<number> => ({
    name: `DARTS-like ${String(file).split('/').at(-1) ?? ''}, ${String(evaluations)} evaluations, ${versionOf(type)}`,
    measure: (some) => runsOf(world, {type}, {seeds: some, evaluations}).map(({report}) => ceiling - report),
  });
  const portfolio = sideOf('Portfolio');
  const rivals = peers.map((type) => ({type, side: sideOf(type)}));
  await findings.take([portfolio, ...rivals.map(({side}) => side)], seeds);
  return rivals.flatMap(({type, side}) =>
    pairedRows(
      {case: 'DARTS-like, 300 evaluations, Portfolio', unit: 'test error, percent', peerName: type},
      findings.paired(portfolio, side, seeds),
    ),
  );
}
