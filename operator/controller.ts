import type {KubernetesObject} from '../api/meta.ts';
import {labels} from '../api/pod.ts';
import {execute} from './execute.ts';
import type {Ports} from './execute.ts';
import type {Action} from './actions.ts';
import {plan} from './plan.ts';
import {orphaned} from './planning/orphans.ts';
import type {Memory} from './planning/proposing.ts';
import {allRules} from './pod-view.ts';
import {ApiRefusal} from './ports.ts';
import type {Key} from './ports.ts';
import {consistentView} from './view.ts';
import type {View} from './view.ts';

export interface ControllerDependencies extends Omit<Ports, 'rules'> {
  readonly rules?: Ports['rules'];
  /** Where to look; consistent reads of the API server if left out. */
  readonly view?: View;
  /** Called before each action is carried out. */
  readonly onAction?: (action: Action) => void;
  /** Called after an action was carried out. */
  readonly onDone?: (action: Action) => void;
}

const nothing = (): void => undefined;

/** Brings one search at a time a step further: observe, plan, execute. It remembers nothing that it could not read again. */
export class Controller {
  readonly #ports: Ports;
  readonly #view: View;
  readonly #onAction: (action: Action) => void;
  readonly #onDone: (action: Action) => void;
  /** Folded strategy states by search UID: a cache. */
  readonly #memories = new Map<string, Memory>();

  constructor({rules = allRules, view, onAction = nothing, onDone = nothing, ...ports}: ControllerDependencies) {
    this.#ports = {...ports, rules};
    this.#view = view ?? consistentView(ports.api);
    this.#onAction = onAction;
    this.#onDone = onDone;
  }

  /**
   * One round for one search. Returns true when something was done, so that another round may find more to do. It is to be called for
   * names that only Pods or Trials still carry, too.
   */
  async reconcile(key: Key): Promise<boolean> {
    const actions = await this.#decide(key);
    try {
      for (const action of actions) {
        this.#onAction(action);
        await execute(this.#ports, action);
        this.#onDone(action);
      }
    } catch (error) {
      // the world has moved on since it was observed: the next round sees how
      if (!(error instanceof ApiRefusal)) throw error;
      return true;
    }
    return actions.some((action) => action.kind !== 'SendStop');
  }

  async #decide(key: Key): Promise<readonly Action[]> {
    const {bus, clock, rules} = this.#ports;
    const {search, ...seen} = await this.#view(key);
    const at = {now: clock.now(), rules};
    const orphans = orphaned({...at, uid: search?.metadata.uid, ...seen});
    // what is left of an earlier search of this name holds the names that this one needs
    if (search === undefined || orphans.length > 0) return orphans;
    const {uid} = search.metadata;
    const own = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.searchUid] === uid;
    const [pods, trials] = [seen.pods.filter(own), seen.trials.filter(own)];
    const observed = {...at, search, ledger: seen.ledger, pods, trials, hints: bus.hints()};
    const {actions, memory} = plan(observed, this.#memories.get(uid));
    this.#memories.set(uid, memory);
    return actions;
  }
}
