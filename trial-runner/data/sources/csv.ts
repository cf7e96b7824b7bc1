import {CsvError, parse} from 'csv-parse/sync';
import {TrialFailure} from '../../failure.ts';
import {declaredDelimiter, decoded, dialectOf} from '../dialect.ts';
import {readMounted} from '../mounts.ts';
import type {RawTable} from '../raw.ts';
import type {Source} from './source.ts';

interface Layout {
  readonly name: string;
  readonly target: string;
  readonly delimiter: string;
  readonly ignore: readonly string[];
  /** Point if left out. */
  readonly decimalMark?: RawTable['decimalMark'];
}

/** A table with a header row. */
export function parseTable(bytes: Uint8Array, layout: Layout): RawTable {
  const [header, ...body] = records(bytes, layout);
  if (header === undefined) throw bad(layout, 'the file is empty; give a header row and data');
  const columns = header.record.map((column) => column.trim());
  checkColumns(columns, layout, bytes);
  if (body.length === 0) throw bad(layout, 'there is a header but no data row');
  return {
    kind: 'table',
    name: layout.name,
    columns,
    target: layout.target,
    ignore: layout.ignore,
    decimalMark: layout.decimalMark ?? 'Point',
    rows: body.map(({record}) => record),
    lines: body.map(({info}) => info.lines),
  };
}

/** The names of the columns; throws a TrialFailure for an empty file. */
export function readHeader(bytes: Uint8Array, {name, delimiter}: Pick<Layout, 'name' | 'delimiter'>): string[] {
  const [header] = records(bytes, {name, delimiter}, 1);
  if (header === undefined) throw bad({name}, 'the file is empty; give a header row and data');
  return header.record.map((column) => column.trim());
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: {readonly lines: number};
}

function records(bytes: Uint8Array, layout: Pick<Layout, 'name' | 'delimiter'>, most?: number): CsvRecord[] {
  const text = decoded(bytes);
  try {
    return parse(text, {
      delimiter: layout.delimiter,
      bom: true,
      info: true,
      relax_quotes: true,
      skip_empty_lines: true,
      ...(most === undefined ? {} : {to: most}),
      from_line: declaredDelimiter(text) === undefined ? 1 : 2,
    }) as unknown as CsvRecord[];
  } catch (error) {
    if (error instanceof CsvError) throw bad(layout, `${error.message}; make every row as wide as the header`);
    throw error;
  }
}

function checkColumns(columns: readonly string[], layout: Layout, bytes: Uint8Array): void {
  checkDelimiter(columns, layout, bytes);
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) throw bad(layout, `two columns are called "${repeated}"; rename one`);
  const absent = [layout.target, ...layout.ignore].find((column) => !columns.includes(column));
  if (absent !== undefined)
    throw bad(layout, `no column "${absent}"; the header has ${columns.slice(0, 20).join(', ')}`);
  if (columns.every((column) => column === layout.target || layout.ignore.includes(column)))
    throw bad(layout, 'no feature column is left beside the target');
}

/** One column where there should be several: the file is delimited by something else. */
function checkDelimiter(columns: readonly string[], layout: Layout, bytes: Uint8Array): void {
  const {delimiter} = dialectOf(bytes);
  if (columns.length > 1 || delimiter === layout.delimiter || !(columns[0] ?? '').includes(delimiter)) return;
  throw bad(
    layout,
    `there is one column, "${(columns[0] ?? '').slice(0, 60)}": set csv.delimiter to ${JSON.stringify(delimiter)}`,
  );
}

const bad = (layout: Pick<Layout, 'name'>, message: string): TrialFailure =>
  new TrialFailure('BadData', `${layout.name}: ${message}`);

export const csv: Source<'csv'> = {
  member: 'csv',
  read: ({volume, target, delimiter, decimalMark, ignore}, {mounts}) =>
    parseTable(readMounted(mounts, volume), {name: volume.path, target, delimiter, decimalMark, ignore}),
};
