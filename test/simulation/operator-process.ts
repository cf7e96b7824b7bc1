import {ApiRefusal} from '../../operator/ports.ts';
import type {Key} from '../../operator/ports.ts';
import {Calls, ConnectionLost} from './calls.ts';
import type {Ending} from './calls.ts';
import type {Actor, Step} from './step.ts';

/** What the simulation drives: the operator's controller. */
export interface Reconciler {
  reconcile(key: Key): Promise<unknown>;
}

/** A process that has been started. */
export interface Launched {
  readonly reconciler: Reconciler;
  /** The searches that it knows of; none while it does not know yet. */
  keys(): readonly Key[];
  /** What else happens to it: what it hears, what its clock does. */
  steps(): readonly Step[];
  /** Its end: nothing of it goes on. */
  stop(): void;
}

interface Running extends Launched {
  readonly calls: Calls;
  busy: boolean;
}

export interface OperatorOptions {
  readonly name: string;
  /** Weight of its standing still. */
  readonly standstills: number;
  /** Weight of each way in which a call of its may go wrong. */
  readonly faults: number;
  /** Starts a process whose calls go through these. */
  readonly launch: (calls: Calls, name: string) => Launched;
}

/**
 * An operator process. A crash ends it between any two calls, or in the middle of one: its calls never return, so that no code of it
 * runs any more, and a new process starts that remembers nothing. What it had written may arrive at any time later. A process may also
 * stand still for long while the world goes on.
 */
export class OperatorProcess implements Actor {
  /** An error that no API server sent: a bug of the operator. */
  failure: unknown;
  readonly #options: OperatorOptions;
  #process: Running;
  #onTheWay: readonly Step[] = [];
  #still = false;
  #turn = 0;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.#process = this.#launched();
  }

  #launched(): Running {
    const calls = new Calls();
    return {...this.#options.launch(calls, this.#options.name), calls, busy: false};
  }

  stop(): void {
    this.#process.stop();
  }

  steps(): readonly Step[] {
    return [...this.#onTheWay, ...this.#moving()];
  }

  #moving(): readonly Step[] {
    const {name, standstills, faults} = this.#options;
    if (this.#still) return [{name: `${name} moves again`, weight: 0.3, run: () => void (this.#still = false)}];
    const calls = this.#process.calls.steps(name, faults, (ending) => {
      this.#crash(ending);
    });
    const idle = this.#process.busy
      ? []
      : [
          {
            name: `${name} reconciles`,
            weight: 4,
            run: () => {
              this.#start();
            },
          },
        ];
    const pause: Step = {
      name: `${name} stands still`,
      weight: standstills,
      fault: true,
      run: () => void (this.#still = true),
    };
    return [...calls, ...idle, ...this.#process.steps(), pause];
  }

  #crash({name, left}: Ending): void {
    if (left?.when === 'Now') left.run();
    if (left?.when === 'Later')
      this.#delay(name, () => {
        left.run();
      });
    this.#process.stop();
    this.#process = this.#launched();
  }

  /** Written by a process that is no more, and still on its way. */
  #delay(name: string, arrive: () => void): void {
    const step: Step = {
      name: `${name} of a process that is no more arrives`,
      weight: 0.2,
      run: () => {
        this.#onTheWay = this.#onTheWay.filter((other) => other !== step);
        arrive();
      },
    };
    this.#onTheWay = [...this.#onTheWay, step];
  }

  #start(): void {
    const process = this.#process;
    const keys = process.keys();
    const key = keys[this.#turn++ % Math.max(1, keys.length)];
    if (key === undefined) return;
    process.busy = true;
    process.reconciler.reconcile(key).then(
      () => void (process.busy = false),
      (error: unknown) => {
        process.busy = false;
        if (!(error instanceof ApiRefusal || error instanceof ConnectionLost)) this.failure = error;
      },
    );
  }
}
