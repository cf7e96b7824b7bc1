import {graceSeconds} from '../api/arithmetic.ts';
import {apiVersion} from '../api/meta.ts';
import type {Stored} from '../api/meta.ts';
import {annotations, budgetGate, labels, ledgerFinalizer} from '../api/pod.ts';
import type {Container, Pod} from '../api/pod.ts';
import {environment, protocolVersion} from '../api/protocol.ts';
import type {TrialAssignment} from '../api/protocol.ts';
import {fromMoney} from '../api/quantities.ts';
import type {ArchitectureSearch} from '../api/search.ts';
import type {Trial} from '../api/trial.ts';
import {podName} from './observed.ts';

/** What the runner is told. */
function assignmentOf(search: Stored<ArchitectureSearch>, trial: Stored<Trial>, pod: string): TrialAssignment {
  const {purpose, architecture, training, epochs, seed, dataFraction, deadlineSeconds, resumeFrom, score} = trial.spec;
  return {
    version: protocolVersion,
    search: {name: search.metadata.name, namespace: search.metadata.namespace ?? 'default', uid: search.metadata.uid},
    trial: {name: trial.metadata.name, uid: trial.metadata.uid},
    pod: {name: pod},
    task: search.spec.task,
    dataset: search.spec.dataset,
    objectives: search.spec.objectives,
    spec: {
      purpose,
      architecture,
      training,
      epochs,
      seed,
      dataFraction,
      deadlineSeconds,
      ...(resumeFrom === undefined ? {} : {resumeFrom}),
      ...(score === undefined ? {} : {score}),
    },
    threads: search.spec.template.threads,
  };
}

/**
 * The Pod of a trial's next attempt: behind the budget gate, held by the ledger's finalizer, with the deadline that its reservation
 * is computed from. Its name derives from trial and attempt, so that creating it twice creates it once.
 */
export function buildPod(search: Stored<ArchitectureSearch>, trial: Stored<Trial>): Pod {
  const name = podName(trial);
  const {gpus, pricePerGpuHour, threads} = search.spec.template;
  const container: Container = {
    name: 'trial',
    resources: {limits: {'nvidia.com/gpu': String(gpus)}, requests: {cpu: String(threads)}},
    env: [{name: environment.terminationLog, value: '/dev/termination-log'}],
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: search.metadata.namespace ?? 'default',
      labels: {
        [labels.search]: search.metadata.name,
        [labels.searchUid]: search.metadata.uid,
        [labels.purpose]: trial.spec.purpose,
      },
      annotations: {
        [annotations.trial]: trial.metadata.name,
        [annotations.share]: trial.spec.share,
        [annotations.price]: String(pricePerGpuHour === undefined ? 0 : fromMoney(pricePerGpuHour)),
        [annotations.assignment]: JSON.stringify(assignmentOf(search, trial, name)),
      },
      finalizers: [ledgerFinalizer],
      ownerReferences: [
        {apiVersion, kind: 'Trial', name: trial.metadata.name, uid: trial.metadata.uid, controller: true},
      ],
    },
    spec: {
      schedulingGates: [{name: budgetGate}],
      restartPolicy: 'Never',
      activeDeadlineSeconds: trial.spec.deadlineSeconds,
      terminationGracePeriodSeconds: graceSeconds,
      containers: [container],
    },
  };
}
