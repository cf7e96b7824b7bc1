import assert from 'node:assert/strict';
import {test} from 'node:test';
import {read, readingOf} from '../../../trial-runner/data/readings.ts';
import type {Reading} from '../../../trial-runner/data/readings.ts';

const day = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date) / 86_400_000;

const cells: readonly (readonly [Reading, string, number | undefined])[] = [
  ['Decimal', '1.5', 1.5],
  ['Decimal', ' -2 ', -2],
  ['Decimal', '.5', 0.5],
  ['Decimal', '1e3', 1000],
  ['Decimal', '1,234', 1234],
  ['Decimal', '12,345,678.9', 12345678.9],
  ['Decimal', '1,5', undefined],
  ['Decimal', '12,34,567', undefined],
  ['Decimal', '0x10', undefined],
  ['Decimal', '1e999', undefined],
  ['Decimal', '', undefined],
  ['DecimalComma', '1,5', 1.5],
  ['DecimalComma', '-1.234,5', -1234.5],
  ['DecimalComma', '1.234', 1234],
  ['DecimalComma', '1.5', undefined],
  ['DecimalComma', '7', 7],
  ['YearMonthDay', '1970-01-02', 1],
  ['YearMonthDay', '2024/2/29', day(2024, 2, 29)],
  ['YearMonthDay', '2023-02-29', undefined],
  ['YearMonthDay', '2024-01-01T12:00:00Z', day(2024, 1, 1) + 0.5],
  ['YearMonthDay', '2024-01-01 18:00', day(2024, 1, 1) + 0.75],
  ['YearMonthDay', '2024-01-01T02:00:00+02:00', day(2024, 1, 1)],
  ['DayMonthYear', '31.12.2024', day(2024, 12, 31)],
  ['DayMonthYear', '12.31.2024', undefined],
  ['MonthDayYear', '12/31/2024 6:00 PM', day(2024, 12, 31) + 0.75],
  ['MonthDayYear', '12/31/2024 12:00 AM', day(2024, 12, 31)],
];
for (const [reading, cell, value] of cells)
  test(`"${cell}" read as ${reading} is ${String(value)}`, () => {
    assert.equal(read[reading](cell), value);
  });

const columns: readonly (readonly [string, readonly string[], Reading | undefined])[] = [
  ['numbers', ['1', '2.5', '3'], 'Decimal'],
  ['mostly numbers', ['1', '2', 'x'], 'Decimal'],
  ['words', ['a', 'b', '3'], undefined],
  ['dates with the year first', ['2024-01-31', '2024-02-01'], 'YearMonthDay'],
  ['dates that only the day explains', ['03/04/2024', '31/01/2024'], 'DayMonthYear'],
  ['dates that only the month explains', ['03/04/2024', '01/31/2024'], 'MonthDayYear'],
  ['dates with slashes that read both ways', ['03/04/2024'], 'MonthDayYear'],
  ['dates with points that read both ways', ['03.04.2024'], 'DayMonthYear'],
];
for (const [what, given, reading] of columns)
  test(`a column of ${what} is read as ${reading ?? 'text'}`, () => {
    assert.equal(readingOf(given, 'Decimal'), reading);
  });
