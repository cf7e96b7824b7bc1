import {TrialFailure} from '../failure.ts';
import type {RawTable} from './raw.ts';

const missing = new Set(['', '?', 'na', 'n/a', 'nan', 'null', 'none']);

export const isMissing = (cell: string): boolean => missing.has(cell.trim().toLowerCase());

/** A finite decimal number, or undefined; hexadecimal and the like are text. */
export function numberOf(cell: string): number | undefined {
  const text = cell.trim();
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

export const cellAt = (table: RawTable, row: number, column: number): string => table.rows[row]?.[column] ?? '';

/** A cell that cannot be used, told by row (1 is the first below the header), line of the file, and column. */
export function badCell(table: RawTable, row: number, column: number, message: string): TrialFailure {
  const cell = cellAt(table, row, column);
  const shown = cell.length > 40 ? `${cell.slice(0, 40)}…` : cell;
  return new TrialFailure(
    'BadData',
    `${table.name}: row ${String(row + 1)} (line ${String(table.lines[row] ?? 0)}), column "${table.columns[column] ?? ''}": found "${shown}"; ${message}`,
  );
}
