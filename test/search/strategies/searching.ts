import assert from 'node:assert/strict';
import {begin, tellAll} from '../../../search/fold.ts';
import type {Folding} from '../../../search/fold.ts';
import type {Json} from '../../../search/json.ts';
import type {Values} from '../../../search/objectives.ts';
import type {Proposal, StrategyType} from '../../../search/strategy.ts';
import type {Problem} from '../../../search/strategy.ts';

/** A strategy on a problem, its settings as YAML would give them. */
export const foldingOf = (
  problem: Problem,
  row: StrategyType,
  settings: Readonly<Record<string, unknown>> = {},
): Folding => ({
  problem,
  row,
  settings: row.settings.parse(settings),
});

/** The next proposal of a state; there must be one. */
export function proposed({problem, row, settings}: Folding, state: Json): Proposal {
  const ask = row.strategy.ask(problem, settings, state);
  assert.ok(ask.kind === 'Propose', ask.kind);
  return ask;
}

/** Asks and tells one trial after another; every trial's values are given by its index and proposal, `undefined` for one that fails. */
export function search(
  folding: Folding,
  trials: number,
  valuesOf: (index: number, proposal: Proposal) => Values | undefined,
): {proposals: Proposal[]; state: Json} {
  const {problem, row, settings} = folding;
  const proposals: Proposal[] = [];
  let state = begin(folding);
  for (let index = 1; index <= trials; index += 1) {
    const proposal = proposed(folding, state);
    proposals.push(proposal);
    state = row.strategy.asked(problem, settings, state, proposal);
    const values = valuesOf(index, proposal);
    const kind = values === undefined ? 'failed' : 'scored';
    state = tellAll(folding, state, [{index, kind, values: values ?? {}, epoch: proposal.epochs, cost: 1}]);
  }
  return {proposals, state};
}
