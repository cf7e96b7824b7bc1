/** How a cell becomes a number; dates become days since 1970-01-01. */
export const readings = ['Decimal', 'DecimalComma', 'YearMonthDay', 'DayMonthYear', 'MonthDayYear'] as const;
export type Reading = (typeof readings)[number];

/** Undefined for a cell that is not of this kind. Hexadecimal and the like are text. */
export const read: Readonly<Record<Reading, (cell: string) => number | undefined>> = {
  Decimal: (cell) => decimal(cell, ',', '.'),
  DecimalComma: (cell) => decimal(cell, '.', ','),
  YearMonthDay: (cell) => date(yearFirst.exec(cell.trim())?.groups),
  DayMonthYear: (cell) => date(dayFirst.exec(cell.trim())?.groups),
  MonthDayYear: (cell) => date(monthFirst.exec(cell.trim())?.groups),
};

export const isDate = (reading: Reading): boolean => reading !== 'Decimal' && reading !== 'DecimalComma';

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const grouped: Readonly<Record<string, RegExp>> = {
  ',': /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/,
  '.': /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/,
};

/** A finite number; `separator` may part groups of three digits. */
function decimal(cell: string, separator: string, mark: string): number | undefined {
  const text = cell.trim();
  const joined = grouped[separator]?.test(text) === true ? text.replaceAll(separator, '') : text;
  if (mark !== '.' && joined.includes('.')) return undefined;
  const number = joined.replace(mark, '.');
  if (!plain.test(number)) return undefined;
  const value = Number(number);
  return Number.isFinite(value) ? value : undefined;
}

const time = String.raw`([T ](?<hour>\d{1,2}):(?<minute>\d{2})(:(?<second>\d{2})([.,]\d+)?)? ?(?<half>[AaPp][Mm])?(?<zone>Z|[+-]\d{2}:?\d{2})?)?`;
const yearFirst = new RegExp(String.raw`^(?<year>\d{4})[-/.](?<month>\d{1,2})[-/.](?<day>\d{1,2})${time}$`);
const dayFirst = new RegExp(String.raw`^(?<day>\d{1,2})[-/.](?<month>\d{1,2})[-/.](?<year>\d{4})${time}$`);
const monthFirst = new RegExp(String.raw`^(?<month>\d{1,2})[-/.](?<day>\d{1,2})[-/.](?<year>\d{4})${time}$`);

type Groups = Readonly<Record<string, string | undefined>>;

function date(groups: Groups | undefined): number | undefined {
  if (groups === undefined) return undefined;
  const [year, month, day] = [Number(groups['year']), Number(groups['month']), Number(groups['day'])];
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // 31 February would be read as 2 March
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  return midnight.getTime() / 86_400_000 + hoursOf(groups) / 24;
}

function hoursOf({hour = '0', minute = '0', second = '0', half, zone}: Groups): number {
  const base = half === undefined ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  return base + Number(minute) / 60 + Number(second) / 3600 - zoneHours(zone ?? 'Z');
}

function zoneHours(zone: string): number {
  if (zone === 'Z') return 0;
  const [, sign = '+', hours = '0', minutes = '0'] = /([+-])(\d{2}):?(\d{2})/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60);
}

/**
 * How most of the cells read, undefined when they are text. `cells` have no missing ones among them. 3/4/2024 reads both ways: if no cell
 * decides, a slash means that the month comes first, as it is written where slashes are the custom; points and dashes mean the day.
 */
export function readingOf(cells: readonly string[], decimals: Reading): Reading | undefined {
  const slashes = cells.some((cell) => cell.includes('/'));
  const order: readonly Reading[] = slashes
    ? ['YearMonthDay', 'MonthDayYear', 'DayMonthYear']
    : ['YearMonthDay', 'DayMonthYear', 'MonthDayYear'];
  const counted = [decimals, ...order].map((reading) => ({
    reading,
    count: cells.reduce((sum, cell) => sum + Number(read[reading](cell) !== undefined), 0),
  }));
  const [most] = counted.toSorted((a, b) => b.count - a.count);
  return most !== undefined && most.count * 2 > cells.length ? most.reading : undefined;
}
