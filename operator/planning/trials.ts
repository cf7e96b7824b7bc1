import {keyed} from '../../search/random.ts';
import {hash} from '../../search/hash.ts';
import {identityOf} from '../../search/identity.ts';
import type {Candidate, Problem} from '../../search/strategy.ts';
import {apiVersion} from '../../api/meta.ts';
import type {Stored} from '../../api/meta.ts';
import {labels, trialFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {purposeLetters} from '../../api/trial.ts';
import type {Purpose, Trial, TrialSpecification} from '../../api/trial.ts';
import {memberOf} from '../../api/union.ts';

export const trialName = (search: ArchitectureSearch, purpose: Purpose, index: number): string =>
  `${search.metadata.name}-${purposeLetters[purpose]}${String(index)}`;

/** A Trial by its derived name: whoever creates it, it is created once. Its finalizer keeps the log whole until the search ends. */
export function newTrial(search: Stored<ArchitectureSearch>, spec: TrialSpecification): Trial {
  const {name, uid, namespace = 'default'} = search.metadata;
  return {
    apiVersion,
    kind: 'Trial',
    metadata: {
      name: trialName(search, spec.purpose, spec.index),
      namespace,
      labels: {[labels.search]: name, [labels.searchUid]: uid, [labels.purpose]: spec.purpose},
      finalizers: [trialFinalizer],
      ownerReferences: [{apiVersion, kind: 'ArchitectureSearch', name, uid, controller: true}],
    },
    spec,
  };
}

type Architecture = TrialSpecification['architecture'];

/** The search space's own settings travel with each trial, so that a runner needs nothing else. */
export function spaceArchitecture(search: ArchitectureSearch, genotype: Candidate['genotype']): Architecture {
  const {type} = search.spec.searchSpace;
  const settings = (search.spec.searchSpace as Readonly<Record<string, unknown>>)[memberOf(type)];
  return {family: 'SearchSpace', type, genotype, ...(settings === undefined ? {} : {settings})} as Architecture;
}

export const baselineArchitecture = (type: string, genotype: Candidate['genotype']): Architecture =>
  ({family: 'Baseline', type, genotype}) as Architecture;

/** Canonical hash and identity of a candidate that is trained from scratch. */
export function fingerprints(
  problem: Problem,
  candidate: Candidate,
  epochs: number,
): {canonical: string; identity: string} {
  const canonical = problem.space.canonical(candidate.genotype);
  return {canonical: hash(canonical), identity: identityOf({canonical, training: candidate.training, epochs})};
}

/** A seed for a trial: a function of the search's seed and what the trial is for. */
export const trialSeed = (search: ArchitectureSearch, purpose: string, index: number): number =>
  keyed(search.spec.randomSeed, index, `trial/${purpose}`, 0).integer(2 ** 31 - 1);
