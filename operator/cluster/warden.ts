import type {ApiServerClient} from '../kubernetes.ts';
import {ClusterApi} from './api.ts';
import type {Warden} from './nats-gate.ts';
import type {Mirror} from './mirror.ts';
import {EventRecorder} from './recorder.ts';

export interface WardenOptions {
  readonly client: ApiServerClient;
  /** This process, as events name it. */
  readonly identity: string;
  readonly operator: () => {readonly leading: boolean; readonly mirror: Mirror};
  readonly onTrouble: (error: unknown) => void;
}

/** What the gate of NATS takes from a cluster's operator. */
export function wardenOf({client, identity, operator, onTrouble}: WardenOptions): Warden {
  const api = new ClusterApi(client);
  const recorder = new EventRecorder(client, identity, onTrouble);
  return {
    get leading() {
      return operator().leading;
    },
    podsOf: (trial) => operator().mirror.podsOf(trial),
    trialOf: (podUid) => operator().mirror.trialOf(podUid),
    patchPod(key, patch, precondition) {
      if (!operator().leading) return Promise.reject(new Error('the lease is lost'));
      return api.patch('Pod', key, patch, precondition);
    },
    tell(object, fact) {
      void recorder.record(object, fact);
    },
  };
}
