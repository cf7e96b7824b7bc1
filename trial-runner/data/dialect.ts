import {isUtf8} from 'node:buffer';
import {parse} from 'csv-parse/sync';

/** How a CSV file is written, as far as one can tell from its beginning. */
export interface Dialect {
  readonly delimiter: string;
  readonly decimalMark: 'Point' | 'Comma';
}

const delimiters = [',', ';', '\t', '|'] as const;
const sampleBytes = 65_536;
const sampleRows = 200;

/**
 * The bytes as csv-parse takes them: UTF-8 as it is, UTF-16 by its byte order mark, and what is neither as Windows-1252, in which
 * spreadsheets of western Europe save.
 */
export function decoded(bytes: Uint8Array): Buffer {
  const label = [
    {mark: [0xff, 0xfe], label: 'utf-16le'},
    {mark: [0xfe, 0xff], label: 'utf-16be'},
  ].find(({mark}) => mark.every((byte, index) => bytes[index] === byte))?.label;
  if (label !== undefined) return Buffer.from(new TextDecoder(label).decode(bytes));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer : Buffer.from(new TextDecoder('windows-1252').decode(buffer));
}

/** What a first line `sep=;` declares, as spreadsheets write it; undefined without one. */
export const declaredDelimiter = (text: Buffer): string | undefined =>
  /^\uFEFF?"?sep=(.)"?\r?\n/i.exec(text.subarray(0, 32).toString())?.[1];

/** The delimiter that parts the first rows into the most columns, all alike; and the mark that their numbers have. */
export function dialectOf(bytes: Uint8Array): Dialect {
  const text = decoded(bytes);
  const lines = sampleOf(text);
  const tried = delimiters.map((delimiter) => ({delimiter, rows: rowsOf(lines, delimiter)}));
  const declared = declaredDelimiter(text);
  const best = tried.toSorted((a, b) => columnsOf(b.rows) - columnsOf(a.rows))[0];
  const delimiter = declared ?? best?.delimiter ?? ',';
  return {delimiter, decimalMark: decimalMarkOf(rowsOf(lines, delimiter), delimiter)};
}

/** Whole lines from the beginning. */
function sampleOf(text: Buffer): string {
  const start = text.subarray(0, sampleBytes).toString();
  return text.length <= sampleBytes ? start : start.slice(0, start.lastIndexOf('\n') + 1);
}

function rowsOf(text: string, delimiter: string): string[][] {
  try {
    return parse(text, {
      delimiter,
      bom: true,
      to: sampleRows,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
    });
  } catch {
    // the sample may end inside a quoted cell
    return text
      .split('\n')
      .slice(0, sampleRows)
      .map((line) => line.split(delimiter));
  }
}

/** How many columns the header has if at least nine rows of ten have as many; else 1. */
function columnsOf(rows: readonly (readonly string[])[]): number {
  const width = rows[0]?.length ?? 1;
  const alike = rows.filter((row) => row.length === width).length;
  return alike * 10 >= rows.length * 9 ? width : 1;
}

/** 1,5 against 1.5. A comma before three digits may part thousands: beside a comma as delimiter it does. */
function decimalMarkOf(rows: readonly (readonly string[])[], delimiter: string): Dialect['decimalMark'] {
  const cells = rows.slice(1).flatMap((row) => row.map((cell) => cell.trim()));
  const count = (pattern: RegExp): number => cells.filter((cell) => pattern.test(cell)).length;
  const sure = count(/^[+-]?\d*,(\d{1,2}|\d{4,})$/) + count(/^[+-]?\d{1,3}(\.\d{3})+,\d+$/);
  const unsure = delimiter === ',' ? 0 : count(/^[+-]?\d{1,3},\d{3}$/);
  const points = count(/^[+-]?\d*\.\d+$/) + count(/^[+-]?\d{1,3}(,\d{3})+\.\d+$/);
  return sure + unsure > points ? 'Comma' : 'Point';
}
