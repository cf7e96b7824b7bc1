import {appendFileSync, existsSync, readFileSync, truncateSync} from 'node:fs';
import {strategies} from '../../search/strategies/index.ts';

/** One way of searching: what it finds with each of some seeds. */
export interface Side<Finding> {
  /** What is found is kept under this name: whatever could change it must be part of it. */
  readonly name: string;
  readonly measure: (seeds: readonly number[]) => readonly Finding[] | Promise<readonly Finding[]>;
}

interface Line {
  readonly side: string;
  readonly seed: number;
  readonly finding: unknown;
}

export interface RecordOptions {
  /** JSON lines: what it holds is not measured again, what is measured is appended. Left out, nothing outlives the process. */
  readonly file?: string | undefined;
  /** Seconds after which nothing more is begun; without end if left out. */
  readonly seconds?: number | undefined;
}

/** Seeds that are measured at a time: what is lost when the process ends. */
const together = 5;

/** JSON would turn numbers that are not finite into null. */
function lineText(line: Line): string {
  return JSON.stringify(line, (_key, value: unknown) => {
    if (typeof value !== 'number' || Number.isFinite(value)) return value;
    throw new Error(`${line.side}, seed ${String(line.seed)}: what was found holds ${String(value)}.`);
  });
}

/** The name of one of our strategies in a record: what an older version found says nothing of this one. */
export function versionOf(type: string): string {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row === undefined) throw new Error(`There is no strategy ${type}.`);
  return `${type} version ${String(row.strategy.version)}`;
}

/** What was found, by side and seed: a long bench can be taken in parts, and be killed. */
export class Findings {
  readonly #file: string | undefined;
  readonly #end: number;
  readonly #known = new Map<string, Map<number, unknown>>();

  constructor({file, seconds = Infinity}: RecordOptions = {}) {
    this.#file = file;
    this.#end = performance.now() + 1_000 * seconds;
    const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : '';
    const lines = text.split('\n');
    // a line that was being written when a process ended would be one with the next
    if (file !== undefined && text !== '' && lines.at(-1) !== '')
      truncateSync(file, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
    for (const line of lines.slice(0, -1)) this.#learn(JSON.parse(line) as Line);
  }

  /** Measures what is missing, some seeds of every side at a time, so that the sides of a pair stay level. */
  async take(sides: readonly Side<unknown>[], seeds: readonly number[]): Promise<void> {
    for (let at = 0; at < seeds.length; at += together)
      for (const side of sides) await this.#takeOne(side, seeds.slice(at, at + together));
  }

  /** What both sides found with the seeds that both were measured with. */
  paired<Mine, Theirs>(ours: Side<Mine>, peer: Side<Theirs>, seeds: readonly number[]): {ours: Mine[]; peer: Theirs[]} {
    const [mine, theirs] = [this.#of(ours), this.#of(peer)];
    const both = seeds.filter((seed) => mine.has(seed) && theirs.has(seed));
    return {ours: both.map((seed) => mine.get(seed) as Mine), peer: both.map((seed) => theirs.get(seed) as Theirs)};
  }

  /** What one side found with those of the seeds that it was measured with. */
  found<Finding>(side: Side<Finding>, seeds: readonly number[]): Finding[] {
    return this.paired(side, side, seeds).ours;
  }

  async #takeOne(side: Side<unknown>, seeds: readonly number[]): Promise<void> {
    const missing = seeds.filter((seed) => !this.#of(side).has(seed));
    if (missing.length === 0 || performance.now() >= this.#end) return;
    const findings = await side.measure(missing);
    const lines = missing.map((seed, at): Line => ({side: side.name, seed, finding: findings[at]}));
    const text = lines.map((line) => `${lineText(line)}\n`).join('');
    if (this.#file !== undefined) appendFileSync(this.#file, text);
    for (const line of lines) this.#learn(line);
  }

  #of<Finding>({name}: Side<Finding>): ReadonlyMap<number, Finding> {
    return (this.#known.get(name) ?? new Map()) as ReadonlyMap<number, Finding>;
  }

  #learn({side, seed, finding}: Line): void {
    const known = this.#known.get(side) ?? new Map<number, unknown>();
    this.#known.set(side, known.set(seed, finding));
  }
}
