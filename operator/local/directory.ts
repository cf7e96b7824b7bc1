import {mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {instant} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';

/** Somebody else is at work in the run directory. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
}

const heartbeatMilliseconds = 1000;

/** Where everything of a local run lies. */
export class RunDirectory {
  readonly path: string;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.path = path;
  }

  readonly at = (...parts: string[]): string => join(this.path, ...parts);
  get manifest(): string {
    return this.at('search.yaml');
  }
  get journal(): string {
    return this.at('journal.jsonl');
  }
  get blobs(): string {
    return this.at('blobs');
  }
  /** Files of one attempt: what the runner was told, its termination record, its log. */
  readonly attempt = (trial: string, pod: string): string => this.at('trials', trial, pod);

  /** Takes the directory for this process; throws `DirectoryInUse` while another one that is alive holds it. */
  open(): void {
    mkdirSync(this.blobs, {recursive: true});
    this.#lock();
    this.#heartbeat = setInterval(() => {
      this.#touch();
    }, heartbeatMilliseconds);
    this.#heartbeat.unref();
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.#touch();
    rmSync(this.at('lock'), {force: true});
  }

  /** When the last process that held this directory was surely still alive. */
  lastAlive(): Instant | undefined {
    try {
      return instant(Math.floor(statSync(this.at('alive')).mtimeMs));
    } catch {
      return undefined;
    }
  }

  #touch(): void {
    const now = new Date();
    try {
      utimesSync(this.at('alive'), now, now);
    } catch {
      writeFileSync(this.at('alive'), '');
    }
  }

  #lock(): void {
    const path = this.at('lock');
    try {
      writeFileSync(path, String(process.pid), {flag: 'wx'});
    } catch {
      const holder = Number(readFileSync(path, 'utf8'));
      if (holder > 0 && holder !== process.pid && isAlive(holder))
        throw new DirectoryInUse(`${this.path} is in use by process ${String(holder)}`);
      writeFileSync(path, String(process.pid));
    }
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
