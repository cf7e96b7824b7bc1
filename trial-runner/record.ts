import type {Values} from '../search/objectives.ts';
import {protocolVersion, type TerminationRecord} from '../api/protocol.ts';
import type {TrialFailure} from './failure.ts';
import type {TerminationLog} from './termination.ts';
import type {EpochResult} from './training.ts';

/** The trial's termination record as it grows; every change that matters is written at once. */
export class RecordKeeper {
  readonly #log: TerminationLog;
  #record: TerminationRecord = {version: protocolVersion, state: 'Running'};
  #measured: Values = {};
  #startSeconds = 0;
  #trainingSeconds = 0;

  constructor(log: TerminationLog) {
    this.#log = log;
    this.#write();
  }

  get current(): TerminationRecord {
    return this.#record;
  }

  update(part: Pick<TerminationRecord, 'data' | 'device'>): void {
    this.#record = {...this.#record, ...part};
    this.#write();
  }

  /** Metrics of the network itself; every later result has them. */
  measured(values: Values): void {
    this.#measured = values;
  }

  /** The first training step is about to run, so many seconds after the process started. */
  started(seconds: number): void {
    this.#startSeconds = seconds;
  }

  epoch({epoch, values, seconds}: EpochResult, isBest: boolean): void {
    this.#trainingSeconds += seconds;
    const best = isBest ? {values: {...values, ...this.#measured}, epoch} : {};
    this.#record = {
      ...this.#record,
      ...best,
      epochs: epoch,
      curve: [...(this.#record.curve ?? []), {epoch, values}],
      timing: {startSeconds: this.#startSeconds, epochSeconds: this.#trainingSeconds / Math.max(1, epoch)},
    };
    this.#write();
  }

  finish(outcome: Partial<TerminationRecord> & Pick<TerminationRecord, 'state' | 'reason'>): void {
    this.#record = {...this.#record, ...outcome};
    this.#write();
  }

  /** A failed trial has no values: whatever it reached is not to be ranked. */
  fail({reason, message}: TrialFailure): void {
    const {values: _values, perModel: _perModel, epoch: _epoch, ...rest} = this.#record;
    this.#record = {...rest, state: 'Failed', reason, message: message.slice(0, 512)};
    this.#write();
  }

  #write(): void {
    this.#log.write(this.#record);
  }
}
