import type {KubernetesObject} from '../../api/meta.ts';
import type {EventFact} from '../events.ts';
import type {ApiServerClient} from '../kubernetes.ts';
import {messageOf} from './api.ts';

const component = 'archsearch';

/** Writes events.k8s.io/v1 events. They are for people: one that cannot be written is told to `onTrouble` and nothing else. */
export class EventRecorder {
  readonly #client: ApiServerClient;
  readonly #instance: string;
  readonly #onTrouble: (error: unknown) => void;

  constructor(client: ApiServerClient, instance: string, onTrouble: (error: unknown) => void) {
    this.#client = client;
    this.#instance = instance;
    this.#onTrouble = onTrouble;
  }

  async record(object: KubernetesObject, {type, reason, message}: EventFact): Promise<void> {
    const {name, namespace = 'default', uid, resourceVersion} = object.metadata;
    const {apiVersion, kind} = object;
    const body = {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: {generateName: `${name}-`, namespace},
      eventTime: new Date().toISOString().replace('Z', '000Z'),
      reportingController: `${component}.dev/operator`,
      reportingInstance: this.#instance.slice(0, 128),
      action: 'Reconcile',
      type,
      reason,
      note: message.slice(0, 1024),
      regarding: {apiVersion, kind, name, namespace, uid, resourceVersion},
    };
    try {
      const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
      const answer = await this.#client.request({method: 'POST', path, body});
      if (answer.status >= 300)
        this.#onTrouble(
          new Error(`the API server refused an event (${String(answer.status)}): ${messageOf(answer.body)}`),
        );
    } catch (error) {
      this.#onTrouble(error);
    }
  }
}
