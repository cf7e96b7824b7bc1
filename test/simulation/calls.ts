import type {Step} from './step.ts';

/** The connection broke while a call was under way: whether it took effect is not known. */
export class ConnectionLost extends Error {}

/**
 * How the caller of a call may learn that it was lost: what happened, and the weight of that if it is not that of any other fault. Never:
 * it waits by a real clock before it tries again.
 */
export type Loss = {readonly what: string; readonly weight?: number} | 'Never';

const connectionLost: Loss = {what: 'connection lost'};

interface Call {
  readonly name: string;
  readonly loss: Loss;
  /** Lets the call take effect, and its caller go on. */
  proceed(): void;
  /** Lets the call take effect now; its answer is a call of its own, that comes later. */
  answerLater(): void;
  /** Lets the call take effect; its caller is told that the connection was lost. */
  lose(): void;
  /** Lets the call take effect, and nobody learns of it. */
  unheard(): void;
}

/** How a process ends, and what becomes of the call that it had just made. */
export interface Ending {
  readonly name: string;
  /** What is left to happen of the call, at once or at any time later. */
  readonly left?: {readonly when: 'Now' | 'Later'; run(): void};
}

/** Calls that an operator process has made: each waits until the scheduler of the world lets it take effect. */
export class Calls {
  readonly #waiting: Call[] = [];

  make<T>(name: string, call: () => Promise<T>, loss = connectionLost): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = (): void => {
        reject(new ConnectionLost(name));
      };
      const waiting: Call = {
        name,
        loss,
        proceed: () => {
          this.#take(waiting);
          resolve(call());
        },
        answerLater: () => {
          this.#take(waiting);
          const answer = call();
          // a refusal waits like any other answer
          answer.catch(() => undefined);
          const back = `answer to ${name}`;
          const arriving: Call = {
            name: back,
            loss,
            proceed: () => {
              this.#take(arriving);
              resolve(answer);
            },
            answerLater: () => undefined,
            lose: () => {
              this.#take(arriving);
              lost();
            },
            unheard: () => {
              this.#take(arriving);
            },
          };
          this.#waiting.push(arriving);
        },
        lose: () => {
          waiting.unheard();
          lost();
        },
        unheard: () => {
          this.#take(waiting);
          // done or refused, nobody hears of it
          call().catch(() => undefined);
        },
      };
      this.#waiting.push(waiting);
    });
  }

  /** What may become of each call: `faults` is the weight of each way to go wrong; `end` ends the process. */
  steps(process: string, faults: number, end: (ending: Ending) => void): readonly Step[] {
    return this.#waiting.flatMap((call): Step[] => {
      const name = `${process}: ${call.name}`;
      const fault = (what: string, run: () => void, weight = faults): Step => ({
        name: `${name}: ${what}`,
        weight,
        fault: true,
        run,
      });
      const run = () => {
        call.unheard();
      };
      return [
        {
          name,
          weight: 8,
          run: () => {
            call.proceed();
          },
        },
        fault('the answer is late', () => {
          call.answerLater();
        }),
        ...(call.loss === 'Never'
          ? []
          : [
              fault(
                call.loss.what,
                () => {
                  call.lose();
                },
                call.loss.weight,
              ),
            ]),
        fault('crash before', () => {
          end({name: call.name});
        }),
        fault('crash after', () => {
          end({name: call.name, left: {when: 'Now', run}});
        }),
        fault('crash, the call on its way', () => {
          end({name: call.name, left: {when: 'Later', run}});
        }),
      ];
    });
  }

  #take(call: Call): void {
    this.#waiting.splice(this.#waiting.indexOf(call), 1);
  }
}
