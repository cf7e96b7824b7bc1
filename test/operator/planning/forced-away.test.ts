import assert from 'node:assert/strict';
import {test} from 'node:test';
import {annotations, trialFinalizer} from '../../../api/pod.ts';
import type {Trial} from '../../../api/trial.ts';
import {aPod, aTrial} from '../../builders.ts';
import {kindsOf, planOf, searchOf} from './situations.ts';

// Somebody took a Trial's finalizer off and deleted it.

const genotype = {widths: [64], activation: 'relu', dropout: 0, normalization: 'Identity', residual: false};
const trialOf = (name: string, spec: Partial<Trial['spec']> = {}) =>
  aTrial({
    metadata: {name, finalizers: [trialFinalizer]},
    spec: {architecture: {family: 'SearchSpace', type: 'Tabular', genotype}, ...spec},
  });

test('a Pod of the Trial that had the name before is nobody’s, and is deleted', () => {
  const owner = {apiVersion: 'archsearch.dev/v1alpha1', kind: 'Trial', name: 'search-c1', uid: 'uid-of-the-first'};
  const pod = aPod({
    metadata: {
      name: 'search-c1-1',
      ownerReferences: [owner],
      annotations: {[annotations.trial]: 'search-c1', [annotations.share]: 'Candidates'},
    },
  });
  assert.deepEqual(kindsOf(planOf({trials: [trialOf('search-c1')], pods: [pod]})).slice(0, 1), ['DeletePod']);
});

test('a duplicate whose twin is gone ends', () => {
  const actions = planOf({trials: [trialOf('search-c2', {index: 2, duplicateOf: 'search-c1'})]});
  const written = actions.find((action) => action.kind === 'WriteTrialStatus');
  assert.deepEqual([written?.status.phase, written?.status.reason], ['Failed', 'Cancelled']);
  assert.match(written?.status.message ?? '', /the same as search-c1, which is gone/);
});

test('Preflight goes on after a gap', () => {
  const preflight = {mode: 'Enabled', trials: 2, dataFraction: 0.1, gpuHours: 0.5} as const;
  const second = trialOf('search-p2', {purpose: 'Preflight', share: 'Preflight', index: 2});
  const actions = planOf({search: searchOf({preflight}), trials: [second]});
  const made = actions.find((action) => action.kind === 'CreateTrial');
  assert.equal(made?.trial.metadata.name, 'search-p3');
});
