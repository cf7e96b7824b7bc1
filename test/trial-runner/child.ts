import {fork, type ChildProcess} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {terminationRecord, trialMessage, type TerminationRecord, type TrialMessage} from '../../api/protocol.ts';

const main = path.join(import.meta.dirname, '../../trial-runner/main.ts');

/** A folder of the test's own, with the blobs and whatever files the test puts there. */
export class Workplace {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'archsearch-trial-'));
  readonly blobs = path.join(this.directory, 'blobs');

  write(name: string, content: string | Uint8Array): void {
    writeFileSync(path.join(this.directory, name), content);
  }

  blob(trial: string, name: string): string {
    return readFileSync(path.join(this.blobs, trial, name), 'utf8');
  }

  remove(): void {
    rmSync(this.directory, {recursive: true, force: true});
  }
}

/** Parts of an assignment that a test sets; the rest is a tiny perceptron on the breast-cancer table. */
export interface TrialOptions {
  readonly name?: string;
  readonly task?: string;
  readonly dataset?: Readonly<Record<string, unknown>>;
  readonly objectives?: readonly Readonly<Record<string, unknown>>[];
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly mounts?: Readonly<Record<string, string>>;
  /** Members of the assignment beside these. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const perceptron = {
  family: 'Baseline',
  type: 'Mlp',
  genotype: {widths: [128, 128], activation: 'relu', dropout: 0.1, normalization: 'Identity', residual: false},
};

export function assignmentOf({name = 'trial', task, dataset, objectives, spec, more}: TrialOptions): unknown {
  return {
    version: 1,
    search: {name: 'search', namespace: 'default', uid: 'search-uid'},
    trial: {name, uid: `${name}-uid`},
    pod: {name: `${name}-0`},
    task: task ?? 'TabularClassification',
    dataset: dataset ?? {builtin: 'breastCancer'},
    objectives: objectives ?? [{metric: 'accuracy', goal: 'Maximize'}],
    spec: {
      purpose: 'Candidate',
      architecture: perceptron,
      training: {},
      epochs: 2,
      seed: 1,
      dataFraction: 1,
      deadlineSeconds: 600,
      ...spec,
    },
    threads: 1,
    ...more,
  };
}

export interface Ended {
  readonly code: number | null;
  readonly record: TerminationRecord;
  readonly messages: readonly TrialMessage[];
  readonly stderr: string;
}

/** A real child process that runs one trial. */
export class RunningTrial {
  readonly process: ChildProcess;
  readonly messages: TrialMessage[] = [];
  readonly #log: string;
  readonly #ended: Promise<number | null>;
  #stderr = '';

  constructor(workplace: Workplace, options: TrialOptions) {
    const name = options.name ?? 'trial';
    const file = path.join(workplace.directory, `${name}.json`);
    this.#log = path.join(workplace.directory, `${name}.log`);
    writeFileSync(file, JSON.stringify(assignmentOf(options)));
    this.process = fork(main, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ARCHSEARCH_TRIAL: file,
        ARCHSEARCH_TERMINATION_LOG: this.#log,
        ARCHSEARCH_BLOBS: workplace.blobs,
        ARCHSEARCH_MOUNTS: JSON.stringify(options.mounts ?? {}),
      },
    });
    this.process.stderr?.on('data', (chunk) => (this.#stderr += String(chunk)));
    this.process.on('message', (message) => this.messages.push(trialMessage.parse(message)));
    // Not 'close': it does not come when the parent has closed the channel.
    this.#ended = new Promise((resolve) => this.process.once('exit', resolve));
  }

  /** Resolves with the first message that is wanted. */
  async message(wanted: (message: TrialMessage) => boolean): Promise<TrialMessage> {
    for (;;) {
      const found = this.messages.find(wanted);
      if (found !== undefined) return found;
      await Promise.race([
        new Promise((resolve) => this.process.once('message', resolve)),
        this.#ended.then(() => {
          if (!this.messages.some(wanted)) throw new Error(`the trial ended first: ${this.#stderr}`);
        }),
      ]);
    }
  }

  async end(): Promise<Ended> {
    const code = await this.#ended;
    return {code, record: this.record(), messages: this.messages, stderr: this.#stderr};
  }

  /** Size and content of the record as they are on disk now. */
  bytes(): Buffer {
    return readFileSync(this.#log);
  }

  record(): TerminationRecord {
    return terminationRecord.parse(JSON.parse(this.bytes().toString()));
  }
}

export const runTrialProcess = (workplace: Workplace, options: TrialOptions): Promise<Ended> =>
  new RunningTrial(workplace, options).end();
