import {execute} from './execute.ts';
import type {Ports} from './execute.ts';
import type {Action} from './actions.ts';
import type {Observed} from './observed.ts';
import {plan} from './plan.ts';
import type {Memory} from './planning/proposing.ts';
import {allRules} from './pod-view.ts';
import {ApiRefusal} from './ports.ts';
import type {Key} from './ports.ts';
import {labels} from '../api/pod.ts';

export interface ControllerDependencies extends Omit<Ports, 'rules'> {
  readonly rules?: Ports['rules'];
  /** Called before each action is carried out. */
  readonly onAction?: (action: Action) => void;
}

/** Brings one search at a time a step further: observe, plan, execute. It remembers nothing that it could not read again. */
export class Controller {
  readonly #ports: Ports;
  readonly #onAction: (action: Action) => void;
  /** Folded strategy states by search UID: a cache. */
  readonly #memories = new Map<string, Memory>();

  constructor({rules = allRules, onAction = () => undefined, ...ports}: ControllerDependencies) {
    this.#ports = {...ports, rules};
    this.#onAction = onAction;
  }

  /** One round for one search. Returns true when something was done, so that another round may find more to do. */
  async reconcile(key: Key): Promise<boolean> {
    const observed = await this.#observe(key);
    if (observed === undefined) return false;
    const {uid} = observed.search.metadata;
    const {actions, memory} = plan(observed, this.#memories.get(uid));
    this.#memories.set(uid, memory);
    try {
      for (const action of actions) {
        this.#onAction(action);
        await execute(this.#ports, action);
      }
    } catch (error) {
      // the world has moved on since it was observed: the next round sees how
      if (!(error instanceof ApiRefusal)) throw error;
      return true;
    }
    return actions.some((action) => action.kind !== 'SendStop');
  }

  /** Reads the ledger before the Pods (a Pod that is gone after that is gone), and the Trials last (a Pod leaves after its Trial tells). */
  async #observe(key: Key): Promise<Observed | undefined> {
    const {api, bus, clock, rules} = this.#ports;
    const search = await api.get('ArchitectureSearch', key);
    if (search === undefined) return undefined;
    const ledger = await api.get('GpuLedger', key);
    const pods = await api.list('Pod', key.namespace);
    const trials = await api.list('Trial', key.namespace);
    const {uid} = search.metadata;
    const ofSearch = (object: {metadata: {labels?: Readonly<Record<string, string>>}}): boolean =>
      object.metadata.labels?.[labels.searchUid] === uid;
    return {
      now: clock.now(),
      search,
      ledger,
      pods: pods.filter(ofSearch),
      trials: trials.filter(ofSearch),
      hints: bus.hints(),
      rules,
    };
  }
}
