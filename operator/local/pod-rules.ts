import {isDeepStrictEqual} from 'node:util';
import type {Stored} from '../../api/meta.ts';
import type {Instant} from '../../api/quantities.ts';
import {timestamp} from '../../api/quantities.ts';
import type {Pod, PodSpec, PodStatus} from '../../api/pod.ts';
import {ApiRefusal} from '../ports.ts';

/** What the API server does with Pods beyond what it does with every object (kubernetes/pkg/registry/core/pod). */

const isTerminal = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
const isGated = (spec: PodSpec): boolean => (spec.schedulingGates ?? []).length > 0;

export function checkNewPod(pod: Pod): void {
  if (isGated(pod.spec) && pod.spec.nodeName !== undefined)
    throw new ApiRefusal('Invalid', 'spec.nodeName: a Pod behind scheduling gates cannot name its node; remove it');
  if (pod.spec.containers.length === 0) throw new ApiRefusal('Invalid', 'spec.containers: at least one is needed');
}

/** A Pod's first status: whatever the client sent is dropped. */
export const firstStatus = (spec: PodSpec): PodStatus => ({
  phase: 'Pending',
  ...(isGated(spec) && {
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ],
  }),
});

function checkGates(before: PodSpec, after: PodSpec): void {
  const known = new Set((before.schedulingGates ?? []).map((gate) => gate.name));
  const added = (after.schedulingGates ?? []).filter((gate) => !known.has(gate.name));
  if (added.length > 0)
    throw new ApiRefusal(
      'Invalid',
      `spec.schedulingGates: gates can only be removed, found ${added.map((gate) => gate.name).join(', ')} added`,
    );
}

function checkDeadline(before: PodSpec, after: PodSpec): void {
  if (after.activeDeadlineSeconds > before.activeDeadlineSeconds)
    throw new ApiRefusal(
      'Invalid',
      `spec.activeDeadlineSeconds: can only be lowered from ${String(before.activeDeadlineSeconds)}, found ${String(after.activeDeadlineSeconds)}`,
    );
}

/** Of a Pod's spec only gates (to be removed), the deadline (to be lowered) and images may change. */
export function checkPodUpdate(before: PodSpec, after: PodSpec): void {
  checkGates(before, after);
  checkDeadline(before, after);
  const fixed = ({schedulingGates: _gates, activeDeadlineSeconds: _deadline, ...spec}: PodSpec) => ({
    ...spec,
    containers: spec.containers.map(({image: _image, ...container}) => container),
  });
  if (!isDeepStrictEqual(fixed(before), fixed(after)))
    throw new ApiRefusal('Invalid', 'spec: only gates, activeDeadlineSeconds and images of a Pod may change');
}

/** How long a deletion waits for the kubelet: not at all when no kubelet has the Pod, or has it any more. */
export const deletionGrace = (pod: Pod): number =>
  pod.spec.nodeName === undefined || isTerminal(pod) ? 0 : pod.spec.terminationGracePeriodSeconds;

/** Why the Pod cannot be bound, if it cannot. */
export function bindingObstacle(pod: Pod): string | undefined {
  if (pod.metadata.deletionTimestamp !== undefined) return 'is being deleted, cannot be assigned to a host';
  if (pod.spec.nodeName !== undefined) return `is already assigned to node ${pod.spec.nodeName}`;
  if (isGated(pod.spec)) return 'has non-empty .spec.schedulingGates';
  return undefined;
}

export const bound = (pod: Stored<Pod>, node: string, now: Instant): Stored<Pod> => ({
  ...pod,
  spec: {...pod.spec, nodeName: node},
  status: {
    ...pod.status,
    conditions: [
      ...(pod.status?.conditions ?? []).filter((condition) => condition.type !== 'PodScheduled'),
      {type: 'PodScheduled', status: 'True', lastTransitionTime: timestamp(now)},
    ],
  },
});
