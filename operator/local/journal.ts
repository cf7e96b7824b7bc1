import {closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync} from 'node:fs';
import type {JournalEntry} from './api-server.ts';

/**
 * Every write of the in-memory API server, one JSON line each, synced to disk before the write takes effect: what a killed run resumes
 * from. A last line that was cut off by a kill is a write that never took effect; it is dropped.
 */
export class Journal {
  readonly #file: number;
  /** The writes of earlier lives, in order. */
  readonly restored: readonly JournalEntry[];

  constructor(path: string) {
    this.restored = existsSync(path) ? restore(path) : [];
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

function restore(path: string): JournalEntry[] {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  // what a kill left of a line would run into the next one
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parseLine(line, `${path}:${String(index + 1)}`));
}

function parseLine(line: string, place: string): JournalEntry {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch (cause) {
    throw new Error(`${place}: not a journal entry; the run directory is damaged, start again with --fresh`, {cause});
  }
}
