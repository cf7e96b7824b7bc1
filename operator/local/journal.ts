import {closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync} from 'node:fs';
import type {JournalEntry} from './api-server.ts';

/** A line in the middle of a journal that is not what was written. */
export class DamagedJournal extends Error {
  override readonly name = 'DamagedJournal';
}

/**
 * Every write of the in-memory API server, one JSON line each, synced to disk before the write takes effect: what a killed run resumes
 * from. A last line that was cut off by a kill is a write that never took effect; it is dropped.
 */
export class Journal {
  readonly #file: number;
  /** The writes of earlier lives, in order. */
  readonly restored: readonly JournalEntry[];

  constructor(path: string) {
    const {entries, bytes} = readJournal(path);
    this.restored = entries;
    // what a kill left of a line would run into the next one
    if (existsSync(path)) truncateSync(path, bytes);
    this.#file = openSync(path, 'a');
  }

  readonly append = (entry: JournalEntry): void => {
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
    fsyncSync(this.#file);
  };

  close(): void {
    closeSync(this.#file);
  }
}

/** The whole lines of a journal, and how many bytes they are; none for a journal that does not exist. */
export function readJournal(path: string): {readonly entries: readonly JournalEntry[]; readonly bytes: number} {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const entries = whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseLine(line, `${path}:${String(index + 1)}`));
  return {entries, bytes: Buffer.byteLength(whole)};
}

function parseLine(line: string, place: string): JournalEntry {
  const entry = parsed(line);
  if (!isEntry(entry)) throw new DamagedJournal(`${place} is not a journal entry: the run directory is damaged`);
  return entry;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Whoever wrote it kept to the schemas; this tells other files from journals. */
const isEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' && value !== null && 'kind' in value && 'key' in value && 'object' in value;
