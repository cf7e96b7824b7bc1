import {z} from 'zod';
import {beginHistory, hasResult, observationOf, recordProposal, recordReport} from '../history.ts';
import type {History} from '../history.ts';
import type {Json} from '../json.ts';
import {compare} from '../objectives.ts';
import type {Ask, PriorPoint, Problem, Proposal, Report, Strategy, StrategyType} from '../strategy.ts';
import {localSearch} from './local-search.ts';
import {allot, begun, credited, started} from './portfolio/allotment.ts';
import type {Accounts} from './portfolio/allotment.ts';
import {askModel} from './portfolio/guided.ts';
import {regularizedEvolution} from './regularized-evolution.ts';

const settings = z.strictObject({
  minimumShare: z
    .number()
    .min(0)
    .max(0.3)
    .default(0.05)
    .describe(
      'Part of the cost that every member keeps however it does: more is safer where the search changes its nature, less is faster where one member is right.',
    ),
});
type Settings = z.output<typeof settings>;

/** One that takes part: it folds the whole log, the others' trials too, and is asked when its turn comes. */
interface Member {
  readonly name: string;
  init(problem: Problem, prior: readonly PriorPoint[]): Json;
  ask(problem: Problem, state: Json): Ask;
  asked(problem: Problem, state: Json, proposal: Proposal): Json;
  tell(problem: Problem, state: Json, report: Report): Json;
}

function memberOf<S, T extends Json>({type, settings: schema, strategy}: StrategyType<S, T>): Member {
  const given = schema.parse({});
  return {
    name: type,
    init: (problem, prior) => strategy.init(problem, given, prior),
    ask: (problem, state) => strategy.ask(problem, given, state as T),
    asked: (problem, state, proposal) => strategy.asked(problem, given, state as T, proposal),
    tell: (problem, state, report) => strategy.tell(problem, given, state as T, report),
  };
}

/** A Gaussian process over the architecture's features: best where the features tell the networks apart. */
const model: Member = {
  name: 'Model',
  init: (_problem, prior) => beginHistory(prior),
  ask: (problem, state) => askModel(problem, state as History),
  asked: (problem, state, proposal) => recordProposal(problem, state as History, proposal),
  tell: (_problem, state, report) => recordReport(state as History, report),
};

/** Model first: it draws the first samples, which the others learn from as well. */
const members: readonly Member[] = [model, memberOf(regularizedEvolution), memberOf(localSearch)];

type Names<T> = Readonly<Record<string, T>>;
type State = {
  /** What every member knows. */
  readonly members: Names<Json>;
  readonly accounts: Accounts;
  readonly history: History;
  /** Which member proposed what is under way, by index. */
  readonly owners: Names<string>;
};

/** What a proposal remembers: whose it is, and that one's own memory. */
type Tag = {readonly member: string; readonly tag?: Json};

const each = (of: (member: Member) => Json): Names<Json> =>
  Object.fromEntries(members.map((member) => [member.name, of(member)]));

const stateOf = (state: State, {name}: Member): Json => state.members[name] ?? null;

/** The proposal as a member sees it: with its own tag if it is its own, with none if it is another's. */
function seenBy({name}: Member, proposal: Proposal, tag: Tag): Proposal {
  const {tag: _, ...rest} = proposal;
  return tag.member === name && tag.tag !== undefined ? {...rest, tag: tag.tag} : rest;
}

function tagged(ask: Proposal, {name}: Member): Proposal {
  const tag: Tag = {member: name, ...(ask.tag === undefined ? {} : {tag: ask.tag})};
  return {...ask, tag, why: `${name}: ${ask.why}`};
}

/** A member that has nothing to propose passes its turn to the next one; the first one's answer stands when nobody has. */
function firstProposal(problem: Problem, state: State, order: readonly Member[]): Ask {
  let last: Ask | undefined;
  for (const member of order) {
    const ask = member.ask(problem, stateOf(state, member));
    if (ask.kind === 'Propose') return tagged(ask, member);
    last ??= ask;
  }
  return last ?? {kind: 'Exhausted', why: 'the portfolio has no members'};
}

/** Results that a new one is ranked among: what a report costs must not grow for ever. */
const memory = 1_000;

/** How a result stands among the latest results: 1 for the best, 0 for the worst or for none. */
function standing(problem: Problem, history: History, values: Report['values']): number {
  if (!hasResult(problem, {values})) return 0;
  let [others, better] = [0, 0];
  for (const observation of history.told.slice(-memory)) {
    if (!hasResult(problem, observation)) continue;
    others += 1;
    if (compare(problem.objectives, observation.values, values) < 0) better += 1;
  }
  return 1 - better / Math.max(1, others);
}

const strategy: Strategy<Settings, State> = {
  version: 1,

  init: (problem, _settings, prior) => ({
    members: each((member) => member.init(problem, prior)),
    accounts: begun(members.map(({name}) => name)),
    history: beginHistory(prior),
    owners: {},
  }),

  ask: (problem, {minimumShare}, state) => {
    const names = allot(state.accounts, minimumShare);
    const order = names.flatMap((name) => members.filter((member) => member.name === name));
    return firstProposal(problem, state, order);
  },

  asked: (problem, _settings, state, proposal) => {
    // A proposal that another version of the portfolio recorded, or another strategy, is nobody's here.
    const tag = (proposal.tag ?? {member: ''}) as Tag;
    const history = recordProposal(problem, state.history, proposal);
    return {
      members: each((member) => member.asked(problem, stateOf(state, member), seenBy(member, proposal, tag))),
      accounts: started(state.accounts, tag.member),
      history,
      owners: {...state.owners, [String(history.asked)]: tag.member},
    };
  },

  tell: (problem, _settings, state, report) => {
    const told = each((member) => member.tell(problem, stateOf(state, member), report));
    const observation = observationOf(state.history, report);
    if (observation === undefined) return {...state, members: told};
    const {[String(report.index)]: owner = '', ...owners} = state.owners;
    const result = {standing: standing(problem, state.history, observation.values), cost: report.cost};
    return {
      members: told,
      accounts: credited(state.accounts, owner, result),
      history: recordReport(state.history, report),
      owners,
    };
  },
};

/**
 * Several strategies under one budget: a Gaussian-process model, regularized evolution and local search. Each learns from the trials of all,
 * and the cost goes where the best results come from. The model draws its first samples by the proxy, if the problem has one, and learns
 * how far to trust it.
 */
export const portfolio: StrategyType<Settings, State> = {type: 'Portfolio', settings, strategy, heavy: true};
