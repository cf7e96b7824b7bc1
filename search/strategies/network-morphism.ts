import {z} from 'zod';
import {identityIn, propose, sampleCandidate, withinLimits} from '../drawing.ts';
import {GaussianProcess} from '../gaussian-process.ts';
import {beginHistory, hasResult, originOf, parentOf, recordProposal, recordReport} from '../history.ts';
import type {History, Observation} from '../history.ts';
import type {Mutation} from '../mutation.ts';
import {neighboursOf} from '../neighbourhood.ts';
import {normalScores} from '../normal-scores.ts';
import {keyed} from '../random.ts';
import {drawWeights, scalarized} from '../scalarization.ts';
import {remembers} from '../seen.ts';
import type {Ask, Candidate, Problem, Proposal, Strategy, StrategyType} from '../strategy.ts';
import {sequenceOf, squaredEditDistance} from './network-morphism/edit-distance.ts';
import type {Sequence} from './network-morphism/edit-distance.ts';

const settings = z.strictObject({
  startSamples: z
    .int()
    .min(1)
    .max(1000)
    .default(8)
    .describe('Candidates drawn at random before any is grown out of another.'),
  parents: z.int().min(1).max(100).default(12).describe('Best candidates that may be grown.'),
  optimism: z
    .number()
    .min(0)
    .max(10)
    .default(2)
    .describe(
      'Standard deviations above what the model expects that an edit is believed to bring; more explores more.',
    ),
});
type Settings = z.output<typeof settings>;

/** Results that the model learns from, and edits that it compares, at most. */
const maxLearned = 100;
const maxEdits = 200;
/** Networks from anywhere that compete with the edits. */
const anywhere = 20;

interface Ranked {
  readonly observation: Observation;
  readonly score: number;
}

function rankedBy(problem: Problem, {told, asked}: History): Ranked[] {
  const usable = told.filter((observation) => hasResult(problem, observation));
  const scores = scalarized(
    problem.objectives,
    usable,
    drawWeights(problem.objectives, keyed(problem.seed, asked, 'weights')),
  );
  return usable
    .map((observation, at) => ({observation, score: scores[at] ?? -Infinity}))
    .toSorted((a, b) => b.score - a.score);
}

/** Function-preserving edits and one changed training setting; in a space that knows no such edits, any one step. */
function* editsOf(problem: Problem, candidate: Candidate): Generator<Mutation> {
  const {space} = problem;
  if (space.morphs === undefined) {
    yield* neighboursOf(problem, candidate);
    return;
  }
  for (const {genotype, change} of space.morphs(candidate.genotype))
    yield {candidate: {...candidate, genotype}, change};
  for (const step of neighboursOf(problem, candidate)) if (step.candidate.genotype === candidate.genotype) yield step;
}

/** What may be proposed: an edit of a parent, or a network from anywhere to begin anew with. */
interface Edit extends Mutation {
  readonly parent?: Observation;
}

/** The best that have edits left, with these: growing ends where a network is as large as the space allows. */
function newEdits(
  problem: Problem,
  {seen, asked}: History,
  {ranked, parents}: {ranked: readonly Ranked[]; parents: number},
): Edit[] {
  const found = new Map<string, Edit>();
  const add = (edit: Edit): boolean => {
    const identity = identityIn(problem, {candidate: edit.candidate, epochs: problem.maxEpochs});
    if (found.has(identity) || remembers(seen, identity) || !withinLimits(problem, edit.candidate)) return false;
    found.set(identity, edit);
    return true;
  };
  let growing = 0;
  for (const {observation: parent} of ranked) {
    if (growing === parents) break;
    const added = [...editsOf(problem, parent.candidate)].filter((edit) => add({...edit, parent}));
    if (added.length > 0) growing += 1;
  }
  const random = keyed(problem.seed, asked, 'edits');
  const edits = random.shuffle([...found.values()]).slice(0, maxEdits);
  for (let draw = 0; draw < anywhere; draw += 1) {
    const candidate = sampleCandidate(problem, random);
    const edit = {candidate, change: 'drawn at random'};
    if (add(edit)) edits.push(edit);
  }
  return edits;
}

/** The model over edit distances; what is under way is believed to come out as expected. */
function modelOf(problem: Problem, {pending}: History, ranked: readonly Ranked[]): GaussianProcess<Sequence> {
  const items = ranked.slice(0, maxLearned).map(({observation}) => sequenceOf(problem, observation.candidate));
  const targets = normalScores(items.length);
  const model = GaussianProcess.fit(items, targets, squaredEditDistance);
  if (pending.length === 0) return model;
  const believed = pending.map(({candidate}) => sequenceOf(problem, candidate));
  const expected = believed.map((item) => model.predict(item).mean);
  return GaussianProcess.fit([...items, ...believed], [...targets, ...expected], squaredEditDistance);
}

function bestEdit(problem: Problem, {optimism}: Settings, model: GaussianProcess<Sequence>, edits: readonly Edit[]) {
  return edits.reduce<{edit?: Edit; bound: number}>(
    (leader, edit) => {
      const {mean, deviation} = model.predict(sequenceOf(problem, edit.candidate));
      const bound = mean + optimism * deviation;
      return bound > leader.bound ? {edit, bound} : leader;
    },
    {bound: -Infinity},
  ).edit;
}

function proposalOf(problem: Problem, {candidate, change, parent}: Edit): Proposal {
  return {
    kind: 'Propose',
    candidate,
    epochs: problem.maxEpochs,
    ...(parent === undefined ? {} : parentOf(parent)),
    why:
      parent === undefined
        ? 'a network to grow others out of, drawn at random'
        : `grown out of ${originOf(parent)}: ${change}`,
    skipped: 0,
  };
}

const drawn = (problem: Problem, history: History): Ask =>
  propose(problem, history, 'start', (random) => ({
    candidate: sampleCandidate(problem, random),
    epochs: problem.maxEpochs,
    why: 'a network to grow others out of, drawn at random',
  }));

const strategy: Strategy<Settings, History> = {
  version: 1,
  init: (_problem, _settings, prior) => beginHistory(prior),
  ask: (problem, given, history) => {
    const ranked = rankedBy(problem, history);
    if (ranked.length < given.startSamples) return drawn(problem, history);
    const edits = newEdits(problem, history, {ranked, parents: given.parents});
    if (edits.length === 0) return drawn(problem, history);
    const edit = bestEdit(problem, given, modelOf(problem, history, ranked), edits);
    return edit === undefined ? drawn(problem, history) : proposalOf(problem, edit);
  },
  asked: (problem, _settings, history, proposal) => recordProposal(problem, history, proposal),
  tell: (_problem, _settings, history, report) => recordReport(history, report),
};

/**
 * Grows networks out of trained ones (Jin, Song & Hu 2019, Auto-Keras: an efficient neural architecture search system): an edit makes a
 * network deeper or wider or adds a skip connection without changing what it computes, and Bayesian optimization with a kernel over edit
 * distances chooses which edit of which of the best. The parent is named, and the child inherits its weights.
 */
export const networkMorphism: StrategyType<Settings, History> = {
  type: 'NetworkMorphism',
  heavy: true,
  settings,
  strategy,
  inherits: true,
};
