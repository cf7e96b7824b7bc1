import {hasResult} from '../../history.ts';
import type {History} from '../../history.ts';
import {keyed} from '../../random.ts';
import type {Problem} from '../../strategy.ts';
import {numbersOf} from '../../vector.ts';
import {fitEnsemble} from './ensemble.ts';
import type {Choice, Known} from './known.ts';
import {addMutations, addSamples, Options} from './options.ts';
import type {Option} from './options.ts';

interface ThompsonSettings {
  readonly parents: number;
  readonly candidates: number;
  readonly members: number;
  readonly units: number;
}

/** Share of draws from anywhere beside the mutations. */
const anywhere = 0.1;

/**
 * Independent Thompson sampling (White et al. 2021, section 5): each option's worth is drawn from what the ensemble says of it, and the
 * highest draw wins. What is learnt is the rank of the results, as normal quantiles, so that a few broken networks do not dwarf the
 * differences among good ones.
 */
export function chooseByEnsemble(
  problem: Problem,
  {parents, candidates, members, units}: ThompsonSettings,
  history: History,
  known: readonly Known[],
): Choice {
  const random = keyed(problem.seed, history.asked, 'ensemble');
  const samples = {
    inputs: known.map(({observation}) => numbersOf(problem, observation.candidate)),
    targets: known.map(({quantile}) => quantile),
  };
  const model = fitEnsemble({members, units})(samples, random);
  const usable = known.map(({observation}) => observation).filter((observation) => hasResult(problem, observation));
  const options = new Options(problem, history);
  addMutations(problem, options, usable.slice(0, parents), {draws: candidates, random});
  addSamples(problem, options, {draws: Math.ceil(anywhere * candidates), random});
  let leader: {option?: Option; worth: number} = {worth: -Infinity};
  for (const option of options.all) {
    const {mean, deviation} = model(numbersOf(problem, option.candidate));
    const worth = mean + deviation * random.normal();
    if (worth > leader.worth) leader = {option, worth};
  }
  const why = `highest draw of ${String(options.all.length)}, by ${String(members)} networks on ${String(known.length)} results`;
  return {option: leader.option, why};
}
