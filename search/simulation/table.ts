import type {Training, World} from './world.ts';

/** One row of a table of trainings; NaN stands for an empty cell. */
export interface TableRow {
  /** The cells that say what was trained, by column. */
  readonly cells: Readonly<Record<string, string>>;
  /** The guide after each epoch; a single one for a table without learning curves. */
  readonly guide: readonly number[];
  /** GPU-seconds per entry of `guide`. */
  readonly cost: number;
  readonly report: number;
  /** A score known before training. */
  readonly proxy?: number;
}

export type Goal = World['goal'];

/** What a row of the table brings when it is trained from `from` epochs to `epochs`. An empty cell is a failed training. */
export function trainRow(row: TableRow, key: string, {from, epochs}: {from: number; epochs: number}): Training {
  const asked = Math.min(epochs, row.guide.length);
  const diverged = row.guide.slice(0, asked).findIndex((value) => !Number.isFinite(value));
  const epoch = diverged < 0 ? asked : diverged + 1;
  const failed = diverged >= 0 || !Number.isFinite(row.cost) || !Number.isFinite(row.report);
  return {
    key: `${key}/${String(epochs)}`,
    guide: failed ? undefined : row.guide[epoch - 1],
    report: failed ? NaN : row.report,
    cost: Number.isFinite(row.cost) ? row.cost * Math.max(0, epoch - from) : 0,
    epoch,
  };
}

/** A training of what the table does not hold: it fails and costs nothing. */
export const absent = (key: string): Training => ({key, guide: undefined, report: NaN, cost: 0, epoch: 0});

/** The best report among the rows that can be trained. */
export function bestReportOf(rows: readonly TableRow[], goal: Goal): number | undefined {
  const reports = rows.flatMap((row) => (trainRow(row, '', wholeOf(row)).guide === undefined ? [] : [row.report]));
  if (reports.length === 0) return undefined;
  return reports.reduce((best, report) => (goal === 'Maximize' ? Math.max(best, report) : Math.min(best, report)));
}

const wholeOf = (row: TableRow): {from: number; epochs: number} => ({from: 0, epochs: row.guide.length});

/** Epochs of the longest row. */
export const epochsOf = (rows: readonly TableRow[]): number =>
  rows.reduce((longest, {guide}) => Math.max(longest, guide.length), 1);
