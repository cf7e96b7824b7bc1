import {CsvError, parse} from 'csv-parse/sync';
import {TrialFailure} from '../../failure.ts';
import {readMounted} from '../mounts.ts';
import type {RawTable} from '../raw.ts';
import type {Source} from './source.ts';

interface Layout {
  readonly name: string;
  readonly target: string;
  readonly delimiter: string;
  readonly ignore: readonly string[];
}

/** A table with a header row. */
export function parseTable(bytes: Uint8Array, layout: Layout): RawTable {
  const [header, ...body] = records(bytes, layout);
  if (header === undefined) throw bad(layout, 'the file is empty; give a header row and data');
  const columns = header.record.map((column) => column.trim());
  checkColumns(columns, layout);
  if (body.length === 0) throw bad(layout, 'there is a header but no data row');
  return {
    kind: 'table',
    name: layout.name,
    columns,
    target: layout.target,
    ignore: layout.ignore,
    rows: body.map(({record}) => record),
    lines: body.map(({info}) => info.lines),
  };
}

interface CsvRecord {
  readonly record: readonly string[];
  readonly info: {readonly lines: number};
}

function records(bytes: Uint8Array, layout: Layout): CsvRecord[] {
  try {
    return parse(Buffer.from(bytes), {
      delimiter: layout.delimiter,
      bom: true,
      info: true,
      skip_empty_lines: true,
    }) as unknown as CsvRecord[];
  } catch (error) {
    if (error instanceof CsvError) throw bad(layout, `${error.message}; make every row as wide as the header`);
    throw error;
  }
}

function checkColumns(columns: readonly string[], layout: Layout): void {
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) throw bad(layout, `two columns are called "${repeated}"; rename one`);
  const absent = [layout.target, ...layout.ignore].find((column) => !columns.includes(column));
  if (absent !== undefined)
    throw bad(layout, `no column "${absent}"; the header has ${columns.slice(0, 20).join(', ')}`);
  if (columns.every((column) => column === layout.target || layout.ignore.includes(column)))
    throw bad(layout, 'no feature column is left beside the target');
}

const bad = (layout: Layout, message: string): TrialFailure =>
  new TrialFailure('BadData', `${layout.name}: ${message}`);

export const csv: Source<'csv'> = {
  member: 'csv',
  read: ({volume, target, delimiter, ignore}, mounts) =>
    parseTable(readMounted(mounts, volume), {name: volume.path, target, delimiter, ignore}),
};
