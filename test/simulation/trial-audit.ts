import {isDeepStrictEqual} from 'node:util';
import type {Stored} from '../../api/meta.ts';
import {labels} from '../../api/pod.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import type {Mirror} from './mirror.ts';

/** Checks every write of every Trial: the log of a search is complete, without gaps, and never rewritten. */
export class TrialAudit {
  readonly violations: string[] = [];
  /** Every Trial as it was last seen, in the order of creation. */
  readonly all = new Map<string, Stored<Trial>>();
  /** Uids of searches whose log cannot be replayed. */
  readonly incomplete = new Set<string>();
  readonly #forced = new Set<string>();
  readonly #mirror: Mirror;
  readonly #names = new Set<string>();
  readonly #indices = new Map<string, number>();
  readonly #attempts = new Map<string, string>();

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** Somebody takes the Trial away by force: its log has a gap, and its number may be given again if it was the last one. */
  forced(trial: Stored<Trial>): void {
    const [search, {name, uid}] = [searchOf(trial), trial.metadata];
    const log = `${search}/${trial.spec.purpose}`;
    this.#forced.add(uid);
    this.all.delete(uid);
    this.#names.delete(`${search}/${name}`);
    this.incomplete.add(search);
    const left = [...this.all.values()].filter((other) => `${searchOf(other)}/${other.spec.purpose}` === log);
    this.#indices.set(log, Math.max(0, ...left.map(({spec}) => spec.index)));
  }

  observe(entry: JournalEntry, before: Stored<Trial> | undefined): void {
    if (entry.object?.kind !== 'Trial' || this.#forced.has(entry.object.metadata.uid)) return;
    const trial = entry.object;
    // What a zombie makes for a search that is gone is garbage, and no part of a log.
    if (!this.#mirror.searches().some(({metadata}) => metadata.uid === searchOf(trial))) return;
    this.all.set(trial.metadata.uid, trial);
    if (before === undefined) this.#created(trial);
    else this.#changed(before, trial);
    for (const {uid} of trial.status?.attempts ?? []) this.#attempted(uid, trial.metadata.uid);
  }

  #created(trial: Stored<Trial>): void {
    const {name} = trial.metadata;
    const known = `${searchOf(trial)}/${name}`;
    if (this.#names.has(known)) this.violations.push(`${name} was created twice`);
    this.#names.add(known);
    const log = `${searchOf(trial)}/${trial.spec.purpose}`;
    const expected = (this.#indices.get(log) ?? 0) + 1;
    // after one was forced away there are gaps, and finals, which follow from the candidates, are made again
    if (trial.spec.index !== expected && !this.incomplete.has(searchOf(trial)))
      this.violations.push(`${name} has index ${String(trial.spec.index)}, the next one is ${String(expected)}`);
    this.#indices.set(log, trial.spec.index);
  }

  #changed(before: Stored<Trial>, after: Stored<Trial>): void {
    const {name} = after.metadata;
    if (!isDeepStrictEqual(before.spec, after.spec)) this.violations.push(`the spec of ${name} changed`);
    if (isFinished(before) && !isDeepStrictEqual(before.status, after.status))
      this.violations.push(`the terminal status of ${name} changed`);
    const kept = after.status?.attempts ?? [];
    const lost = (before.status?.attempts ?? []).filter(({uid}) => !kept.some((attempt) => attempt.uid === uid));
    if (lost.length > 0 && kept.length < 64) this.violations.push(`${name} lost an attempt that it had`);
  }

  #attempted(podUid: string, trialUid: string): void {
    const known = this.#attempts.get(podUid) ?? trialUid;
    if (known !== trialUid) this.violations.push(`${podUid} is an attempt of two trials`);
    this.#attempts.set(podUid, trialUid);
  }

  /** What must hold when all is over: no attempt twice in one Trial, and no report folded twice. */
  close(): void {
    for (const {metadata, status} of this.all.values()) {
      const uids = (status?.attempts ?? []).map(({uid}) => uid);
      if (new Set(uids).size < uids.length) this.violations.push(`${metadata.name} has an attempt twice`);
    }
    for (const [log, trials] of this.logs()) {
      const folded = trials.flatMap(({spec}) => spec.after.map((report) => report.index));
      if (new Set(folded).size < folded.length) this.violations.push(`${log} has folded a report twice`);
    }
  }

  /** The Trials of each search and purpose, by `search uid/purpose`, in order. */
  logs(): ReadonlyMap<string, readonly Stored<Trial>[]> {
    return Map.groupBy(this.all.values(), (trial) => `${searchOf(trial)}/${trial.spec.purpose}`);
  }
}

export const searchOf = ({metadata}: Trial): string => metadata.labels?.[labels.searchUid] ?? '';
