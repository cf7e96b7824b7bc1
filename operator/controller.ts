import type {KubernetesObject} from '../api/meta.ts';
import {labels} from '../api/pod.ts';
import {execute} from './execute.ts';
import type {Ports} from './execute.ts';
import type {Action} from './actions.ts';
import type {Asker} from './asking/question.ts';
import {Questions} from './asking/questions.ts';
import type {Departure} from './observed.ts';
import {plan} from './plan.ts';
import {orphaned} from './planning/orphans.ts';
import type {Memory} from './planning/proposing.ts';
import {isAsking, PodAnswers} from './pod-answers.ts';
import {localPodSettings} from './pod-settings.ts';
import type {PodSettings} from './pod-settings.ts';
import {allRules} from './pod-view.ts';
import {ApiRefusal} from './ports.ts';
import type {Key} from './ports.ts';
import {consistentView} from './view.ts';
import {untimed} from './timed.ts';
import type {Timed} from './timed.ts';
import type {View} from './view.ts';

export interface ControllerDependencies extends Omit<Ports, 'rules' | 'questions'> {
  /** Where heavy strategies think. */
  readonly asker: Asker;
  readonly rules?: Ports['rules'];
  /** Where to look; consistent reads of the API server if left out. */
  readonly view?: View;
  /** What Pods are made with; those of local mode if left out. */
  readonly podSettings?: PodSettings;
  /** Whether policies keep graces from being stretched, as far as it is known. */
  readonly graceGuarded?: () => boolean | undefined;
  /** Whether archsearch is being taken off the cluster, and how. */
  readonly departure?: () => Departure | undefined;
  /** A heavy strategy has thought about this search: another round finds the answer. */
  readonly onAnswer?: (key: Key) => void;
  /** A heavy strategy could not be asked; it is asked again later, and less and less often. */
  readonly onTrouble?: (error: unknown) => void;
  /** Called before each action is carried out. */
  readonly onAction?: (action: Action, search: Key) => void;
  /** Times what planning does. */
  readonly timed?: Timed;
}

const nothing = (): void => undefined;
const unknown = (): undefined => undefined;

/** Brings one search at a time a step further: observe, plan, execute. It remembers nothing that it could not read again. */
export class Controller {
  readonly #ports: Ports;
  readonly #view: View;
  readonly #onAction: (action: Action, search: Key) => void;
  readonly #timed: Timed;
  readonly #graceGuarded: () => boolean | undefined;
  readonly #departure: () => Departure | undefined;
  /** Folded strategy states by search UID: a cache. */
  readonly #memories = new Map<string, Memory>();
  readonly #answers = new PodAnswers();
  readonly #questions: Questions;
  readonly #podSettings: PodSettings;

  constructor(dependencies: ControllerDependencies) {
    const {
      rules = allRules,
      view,
      podSettings = localPodSettings,
      asker,
      onAnswer = nothing,
      onTrouble = nothing,
      ...others
    } = dependencies;
    const {onAction = nothing, timed = untimed, graceGuarded = unknown, departure = unknown, ...ports} = others;
    this.#questions = new Questions({asker, clock: ports.clock, onAnswer, onTrouble});
    this.#ports = {...ports, rules, questions: this.#questions};
    this.#podSettings = podSettings;
    this.#view = view ?? consistentView(ports.api);
    this.#onAction = onAction;
    this.#timed = timed;
    this.#graceGuarded = graceGuarded;
    this.#departure = departure;
  }

  /**
   * One round for one search. Returns true when something was done, so that another round may find more to do. It is to be called for
   * names that only Pods or Trials still carry, too.
   */
  async reconcile(key: Key): Promise<boolean> {
    const actions = await this.#decide(key);
    try {
      for (const action of actions) await this.#carryOut(action, key);
    } catch (error) {
      // the world has moved on since it was observed: the next round sees how
      if (!(error instanceof ApiRefusal)) throw error;
      return true;
    }
    return actions.some(({kind}) => kind !== 'SendStop' && kind !== 'Ask');
  }

  /** Questions to heavy strategies that wait for their turn. */
  get questionsWaiting(): number {
    return this.#questions.waiting;
  }

  /** No heavy strategy is asked any more; to be called before its asker is closed. */
  close(): void {
    this.#questions.close();
  }

  async #carryOut(action: Action, key: Key): Promise<void> {
    this.#onAction(action, key);
    try {
      await execute(this.#ports, action);
    } catch (error) {
      if (error instanceof ApiRefusal && isAsking(action))
        this.#answers.refused(action, error, this.#ports.clock.now());
      throw error;
    }
    if (isAsking(action)) this.#answers.taken(action);
    if (action.kind === 'ReleaseSearch') {
      this.#memories.delete(action.uid);
      this.#answers.forget(action.uid);
      this.#questions.forget(action.uid);
    }
  }

  async #decide(key: Key): Promise<readonly Action[]> {
    const {bus, clock, rules} = this.#ports;
    const {search, ...seen} = await this.#view(key);
    const at = {now: clock.now(), rules, podSettings: this.#podSettings, departure: this.#departure()};
    const orphans = orphaned({...at, key, uid: search?.metadata.uid, ...seen});
    // what is left of an earlier search of this name holds the names that this one needs
    if (search === undefined || orphans.length > 0) {
      const current = orphans.length > 0 && (await this.#isCurrent(key, search?.metadata.uid));
      return current ? orphans : [];
    }
    const {uid} = search.metadata;
    const own = ({metadata}: KubernetesObject): boolean => metadata.labels?.[labels.searchUid] === uid;
    const [pods, trials] = [seen.pods.filter(own), seen.trials.filter(own)];
    const answers = this.#answers.of(uid);
    const {ledger, outer} = seen;
    const observed = {
      ...at,
      search,
      ledger,
      outer,
      pods,
      trials,
      hints: bus.hints(),
      bus: bus.state?.(),
      graceGuarded: this.#graceGuarded(),
      timed: this.#timed,
      answers,
      asked: this.#questions.of(uid),
    };
    const {actions, memory} = this.#timed('Plan', () => plan(observed, this.#memories.get(uid)));
    this.#memories.set(uid, memory);
    return actions;
  }

  /** A view may know the Trials of a search before it knows the search: nothing is taken for left behind by what is only seen in a view. */
  async #isCurrent(key: Key, uid: string | undefined): Promise<boolean> {
    const current = await this.#ports.api.get('ArchitectureSearch', key);
    return current?.metadata.uid === uid;
  }
}
