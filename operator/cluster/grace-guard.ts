import {setTimeout as sleep} from 'node:timers/promises';
import type {ApiServerClient} from '../kubernetes.ts';
import {messageOf} from './api.ts';

/** The policies of the chart that keep a deletion or an eviction from stretching a Pod's grace: by the names of their bindings. */
const bindings = ['archsearch-grace-of-deletions', 'archsearch-grace-of-evictions'] as const;
const collection = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const lookMilliseconds = 60_000;

interface Binding {
  readonly spec?: {readonly validationActions?: readonly string[]};
}

/** Looks, now and then, whether the policies on grace periods are in force: what a Pod can cost at most rests on them. */
export class GraceGuard {
  readonly #client: ApiServerClient;
  readonly #onTrouble: (error: unknown) => void;
  #guarded: boolean | undefined;

  constructor(client: ApiServerClient, onTrouble: (error: unknown) => void) {
    this.#client = client;
    this.#onTrouble = onTrouble;
  }

  /** undefined: not known, because it could not be asked. */
  get guarded(): boolean | undefined {
    return this.#guarded;
  }

  /** Looks until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await sleep(lookMilliseconds, undefined, {signal}).catch(() => undefined);
    }
  }

  async look(): Promise<void> {
    try {
      const inForce: boolean[] = [];
      for (const name of bindings) inForce.push(await this.#isInForce(name));
      this.#guarded = inForce.every(Boolean);
    } catch (error) {
      this.#guarded = undefined;
      this.#onTrouble(error);
    }
  }

  async #isInForce(name: string): Promise<boolean> {
    const {status, body} = await this.#client.request({method: 'GET', path: `${collection}/${name}`});
    // whoever may not look, as within one namespace alone, has nothing to rely on
    if (status === 404 || status === 403) return false;
    if (status !== 200) throw new Error(`${name} cannot be read (${String(status)}): ${messageOf(body)}`);
    return (body as Binding).spec?.validationActions?.includes('Deny') ?? false;
  }
}
