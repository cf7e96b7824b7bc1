import {isDeepStrictEqual} from 'node:util';
import type {Stored} from '../../api/meta.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import type {Trial} from '../../api/trial.ts';
import {openBaseline, openProblem, openStrategy} from '../../api/problem.ts';
import {chosen} from '../../api/union.ts';
import {entriesOf} from '../../operator/planning/logs.ts';
import {verify} from '../../search/fold.ts';
import type {Folding} from '../../search/fold.ts';
import {strategies} from '../../search/strategies/index.ts';
import {recordAfter} from './script.ts';
import type {Script} from './script.ts';

/** Replays a search's logs: its strategies, asked again at every index, must propose what is recorded. */
export function replayed(
  search: Stored<ArchitectureSearch>,
  logs: ReadonlyMap<string, readonly Stored<Trial>[]>,
): string[] {
  const {spec, status, metadata} = search;
  const baseline = openBaseline(spec, status?.frozen);
  const searching: readonly (readonly [string, Folding | undefined])[] = [
    ['Candidate', {problem: openProblem(spec, status?.frozen), ...openStrategy(spec)}],
    ['Baseline', baseline && {problem: baseline.problem, ...chosen(strategies, {type: 'Random'})}],
  ];
  return searching.flatMap(([purpose, strategy]): string[] => {
    const log = logs.get(`${metadata.uid}/${purpose}`) ?? [];
    const difference = strategy && verify(strategy, entriesOf(log));
    if (difference === undefined) return [];
    return [
      `${metadata.name}, ${purpose} ${String(difference.index)} is not reproduced: ${JSON.stringify(difference)}`,
    ];
  });
}

/** A trial that succeeded has the values that its script reached, whatever its earlier attempts went through. */
export function misreported(trials: Iterable<Stored<Trial>>, scripts: ReadonlyMap<string, Script>): string[] {
  return [...trials].flatMap(({metadata, spec, status}): string[] => {
    const script = scripts.get(metadata.uid);
    if (status?.phase !== 'Succeeded' || spec.duplicateOf !== undefined) return [];
    if (script === undefined) return [`${metadata.name} succeeded and never ran`];
    const {values} = recordAfter(script, script.epochs, 'Succeeded');
    return isDeepStrictEqual(values, status.values)
      ? []
      : [`${metadata.name} has ${JSON.stringify(status.values)}, its script reached ${JSON.stringify(values)}`];
  });
}
