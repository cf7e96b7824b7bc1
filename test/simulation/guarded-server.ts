import type {Stored} from '../../api/meta.ts';
import type {Pod} from '../../api/pod.ts';
import {MemoryApiServer} from '../../operator/local/api-server.ts';
import type {MemoryApiServerOptions} from '../../operator/local/api-server.ts';
import {ApiRefusal} from '../../operator/ports.ts';
import type {Kind, Kinds} from '../../operator/ports.ts';
import {isOver} from './pods.ts';

export interface GuardedServerOptions extends MemoryApiServerOptions {
  readonly pods: () => readonly Stored<Pod>[];
}

/** An API server with the admission plugins that say no for a while: quota, a policy, and the end of a namespace. */
export class GuardedServer extends MemoryApiServer {
  /** The most Pods that a namespace may hold, as ResourceQuota counts them: gated ones too, ended ones not. */
  quota = Infinity;
  /** A policy that refuses every Pod for now: Forbidden as a policy says it, Invalid as a webhook may. */
  policy: 'Forbidden' | 'Invalid' | undefined;
  /** Namespaces that are being deleted: nothing new can be made there. */
  readonly terminating = new Set<string>();
  readonly #pods: () => readonly Stored<Pod>[];

  constructor({pods, ...options}: GuardedServerOptions) {
    super(options);
    this.#pods = pods;
  }

  override create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    const refusal = this.#refusal(object);
    return refusal === undefined ? super.create(kind, object) : Promise.reject(refusal);
  }

  override dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    const refusal = this.#refusal(object);
    return refusal === undefined ? super.dryRun(kind, object) : Promise.reject(refusal);
  }

  #refusal({kind, metadata}: Kinds[Kind]): ApiRefusal | undefined {
    const {name, namespace = ''} = metadata;
    if (this.terminating.has(namespace))
      return new ApiRefusal(
        'Forbidden',
        `${kind} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    if (kind !== 'Pod') return undefined;
    if (this.policy !== undefined)
      return new ApiRefusal(
        this.policy,
        `pods "${name}" is forbidden: ValidatingAdmissionPolicy 'no-pods' denied request`,
      );
    const used = this.#pods().filter((pod) => pod.metadata.namespace === namespace && !isOver(pod)).length;
    if (used < this.quota) return undefined;
    const words = `requested: pods=1, used: pods=${String(used)}, limited: pods=${String(this.quota)}`;
    return new ApiRefusal('Forbidden', `pods "${name}" is forbidden: exceeded quota: team, ${words}`);
  }
}
