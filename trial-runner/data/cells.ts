import {TrialFailure} from '../failure.ts';
import type {RawTable} from './raw.ts';
import type {Reading} from './readings.ts';
import {read} from './readings.ts';

const missing = new Set(['', '?', '-', '--', 'na', 'n/a', '#n/a', '<na>', 'nan', 'null', '\\n', 'none']);

export const isMissing = (cell: string): boolean => missing.has(cell.trim().toLowerCase());

/** `none` may well be a class. */
export const isMissingTarget = (cell: string): boolean => isMissing(cell) && cell.trim().toLowerCase() !== 'none';

/** How numbers are written in a table. */
export const decimalsOf = ({decimalMark}: RawTable): Reading => (decimalMark === 'Comma' ? 'DecimalComma' : 'Decimal');

/** A finite decimal number, or undefined; hexadecimal and the like are text. */
export const numberOf = (cell: string): number | undefined => read.Decimal(cell);

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
