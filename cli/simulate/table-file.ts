import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {parse} from 'csv-parse/sync';
import type {TableRow} from '../../search/simulation/table.ts';
import {CliError} from '../output.ts';
import {needed} from './options.ts';
import type {SimulateOptions} from './options.ts';

/** The bytes of a file, unpacked when gzip packed them; throws a CliError that names the file. */
export function readPossiblyPacked(path: string): string {
  try {
    const bytes = readFileSync(path);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/, (open|read).*$/, '') : String(cause);
    throw new CliError(`${path} cannot be read (${reason})`, 'give the path of a file that is there', {cause});
  }
}

type Record_ = Readonly<Record<string, string>>;

function readRecords(path: string): {columns: readonly string[]; records: readonly Record_[]} {
  const text = readPossiblyPacked(path);
  try {
    let columns: string[] = [];
    const records = parse(text, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      columns: (header: string[]) => (columns = header),
    });
    return {columns, records: records as unknown as Record_[]};
  } catch (cause) {
    throw new CliError(
      `${path} is no CSV (${cause instanceof Error ? cause.message : String(cause)})`,
      'give a CSV file with a header',
      {cause},
    );
  }
}

/** A number, NaN for an empty cell or one that says so. Throws a CliError for any other text. */
function numberOf(record: Record_, column: string, line: number): number {
  const text = record[column] ?? '';
  if (text === '' || /^[-+]?nan$/i.test(text)) return NaN;
  const value = Number(text);
  if (!Number.isNaN(value)) return value;
  throw new CliError(
    `column ${column}, row ${String(line)}: found ${text}`,
    'give a number, or leave the cell empty for a failed trial',
  );
}

/** `e1`, `e2`, … as far as they are there. */
function curveColumns(prefix: string, columns: readonly string[]): string[] {
  const known = new Set(columns);
  const found: string[] = [];
  while (known.has(`${prefix}${String(found.length + 1)}`)) found.push(`${prefix}${String(found.length + 1)}`);
  if (found.length > 0) return found;
  throw new CliError(`--curve ${prefix}: the table has no column ${prefix}1`, `give one of ${columns.join(', ')}`);
}

interface Roles {
  readonly guide: readonly string[];
  readonly cost: string;
  readonly report: string;
  readonly proxy: string | undefined;
}

function rolesOf(options: SimulateOptions, columns: readonly string[]): Roles {
  const {curve, proxy} = options;
  const column = (name: 'guide' | 'cost' | 'report'): string => checked(`--${name}`, needed(options, name), columns);
  return {
    guide: curve === undefined ? [column('guide')] : curveColumns(curve, columns),
    cost: column('cost'),
    report: column('report'),
    proxy: proxy === undefined ? undefined : checked('--proxy', proxy, columns),
  };
}

/** A column that is there; throws a CliError that lists those that are. */
export function checked(option: string, column: string, columns: readonly string[]): string {
  if (columns.includes(column)) return column;
  throw new CliError(`${option} ${column}: the table has no such column`, `give one of ${columns.join(', ')}`, {
    exitCode: 2,
  });
}

function rowOf(record: Record_, {guide, cost, report, proxy}: Roles, line: number): TableRow {
  const read = (column: string): number => numberOf(record, column, line);
  return {
    cells: record,
    guide: guide.map(read),
    cost: read(cost),
    report: read(report),
    ...(proxy === undefined ? {} : {proxy: read(proxy)}),
  };
}

/** The rows of `--table` as simulation reads them. Throws a CliError that names file, option, column or row. */
export function readTable(options: SimulateOptions): {columns: readonly string[]; rows: readonly TableRow[]} {
  const path = needed(options, 'table');
  const {columns, records} = readRecords(path);
  if (records.length === 0) throw new CliError(`${path} holds no rows`, 'give a table of results');
  const roles = rolesOf(options, columns);
  return {columns, rows: records.map((record, at) => rowOf(record, roles, at + 1))};
}
