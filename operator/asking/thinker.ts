import {foldOn, tellAll} from '../../search/fold.ts';
import type {Folded, LogEntry} from '../../search/fold.ts';
import type {Ask, Report} from '../../search/strategy.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {baselineLog, candidateLog} from '../planning/logs.ts';
import type {Log, LogPurpose} from '../planning/logs.ts';

/** A question as it goes to another thread: plain JSON, and of the log only what is not known there. */
export interface Errand {
  readonly log: string;
  readonly purpose: LogPurpose;
  /** What the log is opened with. */
  readonly search: ArchitectureSearch;
  /** Entries that are folded there already. */
  readonly known: number;
  /** Those after them. */
  readonly entries: readonly LogEntry[];
  readonly told: readonly Report[];
  /** Logs that will not be asked about for a while. */
  readonly forget: readonly string[];
}

const opened: Readonly<Record<LogPurpose, (search: ArchitectureSearch) => Log | undefined>> = {
  Candidate: (search) => candidateLog({search}),
  Baseline: (search) => baselineLog({search}),
};

/** Folds logs and asks their strategies; remembers the folded states, so that a log that has grown is not folded again. */
export class Thinker {
  readonly #folded = new Map<string, Folded>();

  think({log, purpose, search, known, entries, told, forget}: Errand): Ask {
    for (const name of forget) this.#folded.delete(name);
    const folding = opened[purpose](search);
    const before = known === 0 ? undefined : this.#folded.get(log);
    if (folding === undefined || (before?.count ?? 0) !== known)
      throw new Error(`${log}: ${String(known)} entries are taken for known, and ${String(before?.count ?? 0)} are`);
    const state = foldOn(folding, before?.state, entries);
    this.#folded.set(log, {count: known + entries.length, state});
    return folding.row.strategy.ask(folding.problem, folding.settings, tellAll(folding, state, told));
  }
}
