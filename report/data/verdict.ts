import {objectivesOf} from '../../api/problem.ts';
import type {SearchStatus} from '../../api/search-status.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import type {Objective, Values} from '../../search/objectives.ts';
import {figure, measuredFigure, metricWords, plural, signed} from '../wording.ts';
import type {Side, Verdict} from './model.ts';

type Comparison = NonNullable<SearchStatus['comparison']>;
type Scored = Comparison['winner'];
type Difference = NonNullable<Comparison['difference']>;

/** Was the search worth it? Told from the test split where it was scored; from validation alone nothing is claimed. */
export function verdictOf(snapshot: Snapshot): Verdict {
  const {comparison} = snapshot.search.status ?? {};
  const [objective] = objectivesOf(snapshot.search.spec);
  return comparison?.baseline !== undefined && comparison.difference !== undefined
    ? compared(snapshot, objective, {...comparison, baseline: comparison.baseline, difference: comparison.difference})
    : notCompared(snapshot, objective);
}

interface FullComparison {
  readonly winner: Scored;
  readonly baseline: Scored;
  readonly difference: Difference;
}

function compared(snapshot: Snapshot, objective: Objective, full: FullComparison): Verdict {
  const {difference} = full;
  const winner = sideOf(snapshot, full.winner, 'Winner', objective);
  const baseline = sideOf(snapshot, full.baseline, baselineTitle(snapshot), objective);
  const words = metricWords(objective.metric);
  return {
    kind: difference.conclusion,
    headline: headlines[difference.conclusion](words, baseline.title),
    details: [
      `On the test split, which nothing was chosen by, the winner's ${words} is ${measuredFigure(objective.metric, winner.test?.[objective.metric])} and the ` +
        `baseline's ${measuredFigure(objective.metric, baseline.test?.[objective.metric])}: a difference of ${signed(difference.value)}, ` +
        `95% interval ${signed(difference.interval[0])} to ${signed(difference.interval[1])}${meaningOf(difference)}.`,
      ...sizeDetails(winner, baseline),
    ],
    metric: objective.metric,
    winner,
    baseline,
    difference: {value: difference.value, interval: difference.interval},
  };
}

const headlines: Readonly<Record<Difference['conclusion'], (metric: string, baseline: string) => string>> = {
  WinnerBetter: (metric, baseline) => `Yes: the search found a network with better ${metric} than the ${baseline}.`,
  BaselineBetter: (metric, baseline) => `No: the ${baseline} has better ${metric} than what the search found.`,
  NoDifference: (metric, baseline) => `No difference in ${metric} can be told between the winner and the ${baseline}.`,
};

const meaningOf = ({conclusion}: Difference): string =>
  conclusion === 'NoDifference' ? ', which holds zero: either could be the better one' : ', which does not hold zero';

const baselineTitle = ({search}: Snapshot): string => `tuned ${search.spec.baseline?.type ?? 'baseline'}`;

function sideOf(snapshot: Snapshot, scored: Scored, title: string, objective: Objective): Side {
  const {trials, search} = snapshot;
  const scoring = trials.find(({spec}) => spec.score !== undefined && spec.parent === scored.from);
  const seeds = (scoring?.status?.perModel ?? []).flatMap((values) => values[objective.metric] ?? []);
  const {validation, test, from} = scored;
  const best = search.status?.best;
  const description = best?.trial === from ? (best.description ?? '') : '';
  return {title, trial: from, description, validation, test, seeds};
}

/** What the winner needs of what the baseline needs. */
function sizeDetails(winner: Side, baseline: Side): string[] {
  const shares = [
    {metric: 'parameters', words: 'parameters'},
    {metric: 'flops', words: 'multiply-adds (FLOPs)'},
  ].flatMap(({metric, words}) => {
    const [ours, theirs] = [winner.validation[metric], baseline.validation[metric]];
    return ours === undefined || theirs === undefined || theirs === 0 ? [] : [{words, share: ours / theirs}];
  });
  if (shares.length === 0) return [];
  const parts = shares.map(({words, share}) => `${shareText(share)} the ${words}`);
  return [`The winner has ${parts.join(' and ')} of the ${baseline.title}.`];
}

const shareText = (share: number): string =>
  share >= 2 ? `${figure(Number(share.toPrecision(2)))} times` : `${String(Math.max(1, Math.round(share * 100)))}% of`;

function notCompared(snapshot: Snapshot, objective: Objective): Verdict {
  const {search} = snapshot;
  const {best, baseline, comparison} = search.status ?? {};
  const winner: Side | undefined =
    comparison === undefined
      ? best && bestSide(best, 'Best so far')
      : sideOf(snapshot, comparison.winner, 'Winner', objective);
  const against = baseline && bestSide(baseline, baselineTitle(snapshot));
  return {
    kind: 'NotCompared',
    headline: `Not known: ${whyNot(snapshot)}.`,
    details: winner === undefined ? [] : [bestSentence(winner, against, objective)],
    metric: objective.metric,
    ...(winner && {winner}),
    ...(against && {baseline: against}),
  };
}

/** The first that applies is why there is no comparison. */
const whyNots: readonly {applies(snapshot: Snapshot): boolean; say(snapshot: Snapshot): string}[] = [
  {
    applies: ({search}) => search.status?.phase === 'Failed',
    say: (snapshot) => `the search failed (${messageOf(snapshot, 'Progressing') ?? 'no message'})`,
  },
  {
    applies: ({search}) => search.status?.phase !== 'Succeeded',
    say: ({trials}) =>
      `the search is not over (${plural(trials.filter(({status}) => status?.finishedAt !== undefined).length, 'trial')} done)`,
  },
  {applies: ({search}) => search.status?.best === undefined, say: () => 'no trial brought a result'},
  {
    applies: ({search}) => search.spec.baseline === undefined,
    say: () => 'the search had no baseline to compare with (spec.baseline)',
  },
  {
    applies: ({search}) => search.spec.selection === undefined,
    say: () => 'the search had no selection, so nothing was scored on the test split (spec.selection)',
  },
];

const whyNot = (snapshot: Snapshot): string =>
  whyNots.find((row) => row.applies(snapshot))?.say(snapshot) ??
  messageOf(snapshot, 'Compared') ??
  'there was no comparison';

const messageOf = ({search}: Snapshot, condition: string): string | undefined =>
  search.status?.conditions?.find(({type}) => type === condition)?.message;

const bestSide = (best: {trial: string; values: Values; description?: string | undefined}, title: string): Side => ({
  title,
  trial: best.trial,
  description: best.description ?? '',
  validation: best.values,
  seeds: [],
});

function bestSentence(winner: Side, baseline: Side | undefined, {metric}: Objective): string {
  const words = metricWords(metric);
  const ours = `The best ${words} on the validation split is ${figure(winner.validation[metric])} (${winner.trial})`;
  const theirs = baseline?.validation[metric];
  const against = theirs === undefined ? '' : `, the ${baseline?.title ?? ''} has ${figure(theirs)}`;
  return `${ours}${against}. Candidates were chosen by this number, so it flatters them.`;
}
