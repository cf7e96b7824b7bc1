import {objectivesOf} from '../api/problem.ts';
import {instant} from '../api/quantities.ts';
import type {Trial} from '../api/trial.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import {LiveView} from './live.ts';
import {Chronicle} from './news.ts';
import type {News} from './news.ts';
import type {Output} from './output.ts';
import {durationText, partsOf, standingOf} from './standing.ts';
import {figure} from './summary.ts';

/** Tells how a search goes while it runs. */
export interface Progress {
  /** Called at every change, and every second. */
  show(snapshot: Snapshot): void;
  /** Something that is not of the search. */
  say(text: string): void;
  /** Leaves the terminal as it was. */
  close(): void;
}

/** In a terminal a view that is drawn anew; into pipes and logs plain lines; for programs JSON lines. */
export function createProgress(output: Output, live: boolean): Progress {
  if (output.json) return new JsonProgress(output);
  return live ? new LiveView(process.stderr, () => instant(Date.now())) : new PlainProgress(output);
}

/** A terminal that a person watches: nobody watches one of continuous integration, and a dumb one cannot be redrawn. */
export const isWatched = (stream: {readonly isTTY?: boolean}, environment: NodeJS.ProcessEnv): boolean =>
  stream.isTTY === true && (environment['CI'] ?? '') === '' && environment['TERM'] !== 'dumb';

/** One line for each trial that ends, one for each stage. */
export class PlainProgress implements Progress {
  readonly #output: Output;
  readonly #chronicle = new Chronicle();

  constructor(output: Output) {
    this.#output = output;
  }

  show(snapshot: Snapshot): void {
    for (const news of this.#chronicle.since(snapshot)) {
      const line = newsLine(news, snapshot);
      if (line !== undefined) this.#output.log(line);
    }
  }

  say(text: string): void {
    this.#output.log(text);
  }

  close(): void {
    // nothing is left open
  }
}

class JsonProgress implements Progress {
  readonly #output: Output;
  readonly #chronicle = new Chronicle();

  constructor(output: Output) {
    this.#output = output;
  }

  show(snapshot: Snapshot): void {
    for (const news of this.#chronicle.since(snapshot)) this.#output.result(jsonOf(news));
  }

  say(text: string): void {
    this.#output.log(text);
  }

  close(): void {
    // nothing is left open
  }
}

function jsonOf(news: News): Readonly<Record<string, unknown>> & {readonly kind: string} {
  if (news.kind !== 'ended') return {...news};
  const {metadata, spec, status} = news.trial;
  const {phase, reason, message, values, epochs} = status ?? {};
  const {purpose, why} = spec;
  return {kind: 'trial', trial: metadata.name, purpose, phase, reason, message, values, epochs, why};
}

/** A new best is told in the line of its trial already. */
function newsLine(news: News, snapshot: Snapshot): string | undefined {
  switch (news.kind) {
    case 'resumed':
      return resumedLine(news.trials);
    case 'stage':
      return `${snapshot.search.metadata.name}: ${news.reason}: ${news.message}`;
    case 'ended':
      return endLine(snapshot, news.trial);
    case 'best':
      return undefined;
  }
}

const resumedLine = (trials: number): string =>
  `an earlier run goes on: ${String(trials)} ${trials === 1 ? 'trial is' : 'trials are'} done already`;

function endLine(snapshot: Snapshot, trial: Trial): string {
  const {phase, reason = '', message = ''} = trial.status ?? {};
  const head = `${counter(snapshot, trial)} ${trial.metadata.name}`;
  return phase === 'Failed' ? `${head} FAILED ${reason}: ${message}` : `${head} ${resultText(snapshot, trial)}`;
}

function resultText(snapshot: Snapshot, {spec, status}: Trial): string {
  const [{metric}] = objectivesOf(snapshot.search.spec);
  const {best, baseline} = snapshot.search.status ?? {};
  const standing = `best ${figure(best?.values[metric])}, baseline ${figure(baseline?.values[metric])}`;
  const early = status?.reason === 'Completed' ? '' : ` (${status?.reason ?? ''})`;
  return `${metric} ${figure(status?.values?.[metric])}${early} | ${standing} | ${leftText(snapshot)} | ${spec.why}`;
}

function counter(snapshot: Snapshot, {spec}: Trial): string {
  const part = partsOf(snapshot).find(({purpose}) => purpose === spec.purpose);
  const planned = part?.planned === undefined ? '' : `/${String(part.planned)}`;
  return `[${spec.purpose} ${String(part?.done ?? 0)}${planned}]`;
}

function leftText(snapshot: Snapshot): string {
  const {secondsLeft} = standingOf(snapshot, instant(Date.now()));
  return secondsLeft === undefined ? 'time left not known yet' : `${durationText(secondsLeft)} left`;
}
