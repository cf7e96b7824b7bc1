import type {z} from 'zod';
import type {Path} from './cel.ts';
import {diagnose} from './diagnosis.ts';
import type {Diagnosis} from './diagnosis.ts';
import {podTemplate, volumeKinds} from './pod-template.ts';
import type {PodTemplate} from './pod-template.ts';
import {structural} from './structural.ts';

/** Where a search keeps it. */
const place: Path = ['spec', 'template', 'podTemplate'];

/** What the allow-list finds wrong with a podTemplate; paths begin at the search's `spec`. */
export function checkPodTemplate(template: unknown): readonly Diagnosis[] {
  const {error} = podTemplate.safeParse(template ?? {});
  if (error === undefined) return [];
  const shape = structural(podTemplate, 'podTemplate');
  const strange = new Set(error.issues.filter(({code}) => code === 'unrecognized_keys').map(placeOf));
  return error.issues
    .filter((issue) => issue.code !== 'custom' || !strange.has(placeOf(issue)))
    .flatMap((issue) => inWords(issue) ?? diagnose(issue, shape, valueAt(template, issue.path)).map(passedOn))
    .map((told) => ({...told, path: [...place, ...told.path]}));
}

/** The template of a search that was accepted. Throws when it is not one that `checkPodTemplate` lets pass. */
export const parsePodTemplate = (template: unknown): PodTemplate => podTemplate.parse(template ?? {});

type Issue = z.core.$ZodIssue;

/** Where a field is refused, what else is said of the whole that it stands in says nothing more. */
const placeOf = ({path}: Issue): string => path.map(String).join('/');

/** Undefined for an issue that has no words of its own here. */
function inWords(issue: Issue): Diagnosis[] | undefined {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const spot = spotOf(path);
  if (issue.code === 'unrecognized_keys') {
    const known = issue.keys.filter((key) => refusalOf(spot, key) !== undefined);
    return known.length === issue.keys.length ? known.flatMap((key) => told(path, key)) : undefined;
  }
  if (issue.code === 'too_big' && spot === 'spec.containers')
    return [
      {path, message: 'a trial has one container', remedy: 'remove the others; what they do goes into the image'},
    ];
  if (issue.code !== 'custom') return undefined;
  const remedy: unknown = issue.params?.['remedy'];
  return [{path, message: issue.message, remedy: typeof remedy === 'string' ? remedy : 'change this field'}];
}

const told = (path: Path, key: string): Diagnosis[] => {
  const refusal = refusalOf(spotOf(path), key);
  return refusal === undefined ? [] : [{path, unknownKey: key, message: refusal[0], remedy: refusal[1]}];
};

/** A field that Pods do have, but trials' Pods do not get. */
const passedOn = (diagnosis: Diagnosis): Diagnosis =>
  diagnosis.unknownKey === undefined
    ? diagnosis
    : {...diagnosis, message: 'is not a field that archsearch passes on to Pods'};

/** `['spec', 'containers', 0, 'env']` → `spec.containers.env`. */
const spotOf = (path: Path): string => path.filter((step) => typeof step === 'string').join('.');

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );

type Refusal = readonly [message: string, remedy: string];

const refusalOf = (spot: string, key: string): Refusal | undefined => refusals[spot]?.[key] ?? whole[spot];

const hostNamespace: Refusal = ['trials get no namespace of their node', 'remove it'];
const account: Refusal = ['trials run as a ServiceAccount without rights and get no token of it', 'remove it'];
const oneContainer: Refusal = ['a trial has one container', 'remove it; what it does goes into the image'];
const devices: Refusal = [
  'devices that are asked for here would be counted by no budget',
  'remove it; template.gpus says how many GPUs a trial gets',
];
const owned: Refusal = ['archsearch sets it', 'remove it'];
const probes: Refusal = [
  'it may end a trial early, or hold its end up',
  'remove it; the deadline ends a trial that hangs',
];
const restricted: Refusal = [
  'trials run without privileges, capabilities and a root to write to',
  'remove it; ids of users and groups go into spec.securityContext',
];
const reserved = (remedy: string): Refusal => ['archsearch sets it: what is reserved follows from it', remedy];

/** Why fields that a user may look for are not passed on. */
const refusals: Readonly<Record<string, Readonly<Record<string, Refusal>>>> = {
  metadata: {
    name: owned,
    generateName: owned,
    namespace: ['trials run where their search is', 'remove it'],
    finalizers: ['a finalizer would keep a Pod, and its reservation, from ending', 'remove it'],
    ownerReferences: ['a Pod belongs to its Trial', 'remove it'],
  },
  spec: {
    activeDeadlineSeconds: reserved('remove it; estimation.trialDuration says how long a trial may take'),
    terminationGracePeriodSeconds: reserved('remove it'),
    restartPolicy: ['a Pod of a trial is never restarted: another attempt is another Pod', 'remove it'],
    schedulingGates: ['the gates are the budget’s and the queue’s', 'remove it; a queue adds its gate by itself'],
    nodeName: ['it passes by the scheduler', 'use nodeSelector or affinity'],
    hostNetwork: hostNamespace,
    hostPID: hostNamespace,
    hostIPC: hostNamespace,
    hostUsers: hostNamespace,
    shareProcessNamespace: hostNamespace,
    serviceAccountName: account,
    serviceAccount: account,
    automountServiceAccountToken: account,
    initContainers: oneContainer,
    ephemeralContainers: oneContainer,
    resourceClaims: devices,
    resources: devices,
    runtimeClassName: [
      'a runtime may hand out devices past the scheduler',
      'remove it; the operator’s settings name it',
    ],
    overhead: ['it comes with the runtime', 'remove it'],
    priority: ['it follows from the priority’s class', 'use priorityClassName'],
    preemptionPolicy: ['it follows from the priority’s class', 'use priorityClassName'],
  },
  'spec.containers': {
    lifecycle: ['a hook would run past the deadline', 'remove it; the image’s own command may do it'],
    livenessProbe: probes,
    readinessProbe: probes,
    startupProbe: probes,
    securityContext: restricted,
    volumeDevices: devices,
    terminationMessagePath: owned,
    terminationMessagePolicy: owned,
    restartPolicy: ['a container of a trial is never restarted', 'remove it'],
  },
  'spec.containers.resources': {claims: devices},
  'spec.containers.volumeMounts': {
    subPathExpr: ['variables could lead out of the volume', 'use subPath'],
    mountPropagation: ['mounts would reach the node', 'remove it'],
  },
};

/** Where every other field is refused for the same reason. */
const whole: Readonly<Record<string, Refusal>> = {
  'spec.containers.resources.limits': devices,
  'spec.containers.resources.requests': devices,
  'spec.securityContext': restricted,
  'spec.volumes': [
    'this kind of volume may reach past what the search’s author may read',
    `use ${volumeKinds.join(', ')}`,
  ],
};
