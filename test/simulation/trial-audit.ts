import {isDeepStrictEqual} from 'node:util';
import type {Stored} from '../../api/meta.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';

/** Checks every write of every Trial: the log of a search is complete, without gaps, and never rewritten. */
export class TrialAudit {
  readonly violations: string[] = [];
  readonly #seen = new Set<string>();
  readonly #indices = new Map<string, number>();

  observe(entry: JournalEntry, before: Stored<Trial> | undefined): void {
    if (entry.object?.kind !== 'Trial') return;
    if (before === undefined) this.#created(entry.object);
    else this.#changed(before, entry.object);
  }

  #created({metadata, spec}: Stored<Trial>): void {
    if (this.#seen.has(metadata.name)) this.violations.push(`${metadata.name} was created twice`);
    this.#seen.add(metadata.name);
    const log = `${metadata.namespace ?? ''}/${spec.search}/${spec.purpose}`;
    const expected = (this.#indices.get(log) ?? 0) + 1;
    if (spec.index !== expected)
      this.violations.push(`${metadata.name} has index ${String(spec.index)}, the next one is ${String(expected)}`);
    this.#indices.set(log, spec.index);
  }

  #changed(before: Stored<Trial>, after: Stored<Trial>): void {
    const {name} = after.metadata;
    if (!isDeepStrictEqual(before.spec, after.spec)) this.violations.push(`the spec of ${name} changed`);
    if (isFinished(before) && !isDeepStrictEqual(before.status, after.status))
      this.violations.push(`the terminal status of ${name} changed`);
  }
}
