import type {KubernetesObject, Stored} from '../../api/meta.ts';
import {annotations} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {RefusalReason} from '../../api/reasons.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import type {EventFact} from '../events.ts';
import {keyOf} from '../key.ts';
import type {Key, MergePatch, Precondition} from '../ports.ts';
import {Recent} from '../recent.ts';
import type {Refusals} from '../refusals.ts';

/** What a trial is cut off for: all its Pods, or the one that is to blame. */
export interface Excess {
  readonly from: TrialAddress;
  readonly podUid?: string;
  readonly reason: Extract<RefusalReason, 'TooManyMessages' | 'TooManyConnections' | 'TooManyBlobs' | 'CutOff'>;
  readonly message: string;
}

/** What the rest of the operator knows and can do. */
export interface CutOffPorts {
  /** Pods that are there of a trial. */
  readonly podsOf: (trial: TrialAddress) => readonly Stored<Pod>[];
  /** The Trial that a Pod was made for. */
  readonly trialOf: (podUid: string) => KubernetesObject | undefined;
  readonly patchPod: (key: Key, patch: MergePatch, precondition: Precondition) => Promise<unknown>;
  /** Ends a Pod's connections to NATS. */
  readonly kick: (podUid: string) => Promise<unknown>;
  /** Takes off the stores what a trial has sent. */
  readonly purge: (trial: TrialAddress) => Promise<unknown>;
  readonly tell: (object: KubernetesObject, fact: EventFact) => void;
  readonly refusals: Refusals;
}

/** What fills the stores. */
const filling: ReadonlySet<RefusalReason> = new Set(['TooManyMessages', 'TooManyBlobs']);
/** What has been told of so many Pods is not told again. */
const mostTold = 10_000;

/**
 * Who sends more than a trial has to say, or what is not its own, is told to whoever looks at its Trial; who sends too much is let in no
 * more. The mark is on the Pod, so that every replica sees it, now and after a restart. The trial itself goes on: messages are hints.
 */
export class CutOff {
  readonly #ports: CutOffPorts;
  readonly #told = new Recent<true>(mostTold);

  constructor(ports: CutOffPorts) {
    this.#ports = ports;
  }

  /** One event for each Pod and reason, on its Trial. */
  blame({
    podUid,
    reason,
    message,
  }: {
    readonly podUid: string;
    readonly reason: RefusalReason;
    readonly message: string;
  }) {
    const trial = this.#ports.trialOf(podUid);
    const key = `${podUid} ${reason}`;
    if (trial === undefined || this.#told.get(key) !== undefined) return;
    this.#told.put(key, true);
    this.#ports.tell(trial, {type: 'Warning', reason, message: `NATS: ${message}`});
  }

  /** Marks first, so that whoever is thrown out does not come back in. Rejects when a step failed; all of them can be done again. */
  async cutOff({from, podUid, reason, message}: Excess): Promise<void> {
    const {podsOf, patchPod, kick, purge, refusals} = this.#ports;
    for (const pod of podsOf(from).filter(({metadata}) => podUid === undefined || metadata.uid === podUid)) {
      const {uid} = pod.metadata;
      const mark = {metadata: {annotations: {[annotations.cutOff]: `${reason}: ${message}`}}};
      await patchPod(keyOf(pod), mark, {uid});
      await kick(uid);
      refusals.add({reason, message: `${message}; its messages are not listened to any more`, podUid: uid});
    }
    if (filling.has(reason)) await purge(from);
  }
}
