import {hash} from '../../search/hash.ts';
import {stableText} from '../../search/json.ts';
import {spaces} from '../../search/spaces/index.ts';
import {advise} from '../../api/advice.ts';
import {checkShares, givenTrialDuration, preflightDeadlineSeconds} from '../../api/arithmetic.ts';
import {namedObjects} from '../../api/named-objects.ts';
import {checkPodTemplate, parsePodTemplate} from '../../api/pod-template-check.ts';
import type {Pod} from '../../api/pod.ts';
import {openStrategy} from '../../api/problem.ts';
import {timestamp} from '../../api/quantities.ts';
import type {SearchReason} from '../../api/reasons.ts';
import type {SearchSpec} from '../../api/search.ts';
import type {Stored} from '../../api/meta.ts';
import type {Trial} from '../../api/trial.ts';
import {chosen} from '../../api/union.ts';
import type {Situation} from '../observed.ts';
import {isQuota, mayAskAgain} from '../pod-answers.ts';
import {buildPod} from '../pod.ts';
import type {Progress} from './progress.ts';
import {newTrial} from './trials.ts';

interface Refused {
  readonly reason: SearchReason;
  readonly message: string;
}

/**
 * Before anything is made for a search: its spec is looked at, then the API server is asked whether it would take its Pods (a dry run),
 * then it is accepted for good. What is wrong with the spec ends the search, since the spec cannot change; a quota, a policy or a
 * missing right may, so that the search waits for it.
 */
export function accepting(situation: Situation): Progress | undefined {
  const {search} = situation;
  if (search.status?.frozen !== undefined) return undefined;
  const refused = checks.map((check) => check(situation)).find((found) => found !== undefined);
  if (refused !== undefined) return refusal('Failed', refused);
  return dryRun(situation) ?? accepted(situation);
}

const refusal = (phase: 'Failed' | 'Pending', {reason, message}: Refused): Progress => ({
  phase,
  reason,
  message,
  actions: [],
  findings: [{type: 'Accepted', status: 'False', reason, message}],
});

interface Finding {
  readonly field: string;
  readonly message: string;
  readonly remedy: string;
}

const invalid = (findings: readonly Finding[]): Refused | undefined =>
  findings.length === 0
    ? undefined
    : {
        reason: 'InvalidSpec',
        message: findings.map(({field, message, remedy}) => `${field}: ${message}; ${remedy}`).join(' · '),
      };

/** `['spec', 'containers', 0]` → `spec.containers[0]`. */
const fieldOf = (path: readonly (string | number)[]): string =>
  path.reduce<string>((field, step) => {
    if (typeof step === 'number') return `${field}[${String(step)}]`;
    return field === '' ? step : `${field}.${step}`;
  }, '');

const checks: readonly ((situation: Situation) => Refused | undefined)[] = [
  ({search}) => {
    const check = checkShares(search.spec);
    if (check.ok) return undefined;
    return {reason: 'SharesTooSmall', message: `${check.field}: ${check.problem}; ${check.remedy}`};
  },
  ({search}) => {
    const errors = advise(search.spec).filter(({severity}) => severity === 'error');
    return invalid(errors.map(({path, ...words}) => ({...words, field: fieldOf(path)})));
  },
  ({search}) => {
    const found = checkPodTemplate(search.spec.template.podTemplate);
    return invalid(
      found.map(({path, unknownKey, ...words}) => ({
        ...words,
        field: fieldOf(unknownKey === undefined ? path : [...path, unknownKey]),
      })),
    );
  },
  ({search, podSettings}) => {
    if (podSettings.namedObjects === 'Checked') return undefined;
    const named = namedObjects(search.spec, parsePodTemplate(search.spec.template.podTemplate));
    return invalid(
      named.map(({kind, name, field}) => ({
        field,
        message: `names ${kind} ${name}, and no admission policy checks that its author may read it`,
        remedy: 'have the policy archsearch-named-objects installed and the operator told so, or do without',
      })),
    );
  },
];

/** A Pod as the search's trials will have it; only what differs from trial to trial is made up. */
function samplePod(situation: Situation): Pod {
  const {search} = situation;
  const sample = newTrial(search, {
    search: search.metadata.name,
    purpose: 'Candidate',
    share: 'Candidates',
    index: 1,
    architecture: {family: 'SearchSpace', type: search.spec.searchSpace.type, genotype: null},
    canonical: '',
    identity: '',
    training: {},
    epochs: search.spec.estimation.maxEpochs,
    seed: 0,
    dataFraction: 1,
    deadlineSeconds: givenTrialDuration(search.spec) ?? preflightDeadlineSeconds(search.spec),
    why: 'dry run',
    skipped: 0,
    after: [],
  });
  const {uid, resourceVersion, creationTimestamp} = search.metadata;
  const trial: Stored<Trial> = {...sample, metadata: {...sample.metadata, uid, resourceVersion, creationTimestamp}};
  const pod = buildPod(situation, trial);
  return {...pod, metadata: {...pod.metadata, name: dryRunName(situation)}};
}

const dryRunName = ({search}: Situation): string => `${search.metadata.name}-dry-run`;

/** Undefined once the API server said that it takes such Pods. */
function dryRun(situation: Situation): Progress | undefined {
  const answer = situation.answers.get(dryRunName(situation));
  if (answer?.kind === 'Taken') return undefined;
  const ask = mayAskAgain(answer, situation.now) ? [{kind: 'DryRunPod', pod: samplePod(situation)} as const] : [];
  if (answer === undefined)
    return {phase: 'Pending', reason: 'DryRun', message: 'asking whether such Pods can be made', actions: ask};
  const reason = isQuota(answer) ? 'QuotaExceeded' : 'PodRejected';
  const message = `the API server refuses such a Pod: ${answer.message}`;
  if (answer.refusal === 'Invalid') return refusal('Failed', {reason, message});
  return {...refusal('Pending', {reason, message}), actions: ask};
}

const templateHash = ({template}: SearchSpec): string => hash(stableText(template.podTemplate ?? {}));

/**
 * Is the podTemplate another one than was accepted? The API server's own rule does not see every change of it: what it preserves without
 * knowing it compares equal when keys are renamed (apiserver 1.37, pkg/cel/common, unstructuredMap.Equal).
 */
export function isTemplateChanged({search}: Pick<Situation, 'search'>): boolean {
  const checked = search.status?.frozen?.podTemplate;
  return checked !== undefined && checked !== templateHash(search.spec);
}

/** Nothing is made from a podTemplate that nobody has checked. */
export function staying(situation: Situation): Progress | undefined {
  if (!isTemplateChanged(situation)) return undefined;
  const message = 'spec.template.podTemplate changed after the search was accepted; make a new search';
  return refusal('Failed', {reason: 'InvalidSpec', message});
}

function accepted({search, now}: Situation): Progress {
  const {row} = openStrategy(search.spec);
  const {row: space, settings} = chosen(spaces, search.spec.searchSpace);
  const size = space.open(settings).size;
  const message = `${row.type} over ${space.type} (${Number.isFinite(size) ? size.toLocaleString('en') : 'infinitely many'} architectures)`;
  return {
    phase: 'Pending',
    reason: 'Accepted',
    message,
    actions: [],
    findings: [{type: 'Accepted', status: 'True', reason: 'Accepted', message}],
    status: {
      startedAt: timestamp(now),
      frozen: {
        strategy: search.spec.strategy,
        strategyVersion: row.strategy.version,
        podTemplate: templateHash(search.spec),
      },
    },
  };
}
