import assert from 'node:assert/strict';
import {test} from 'node:test';
import {dialectOf} from '../../../trial-runner/data/dialect.ts';
import type {Dialect} from '../../../trial-runner/data/dialect.ts';
import {parseTable} from '../../../trial-runner/data/sources/csv.ts';

const utf16 = (text: string): Uint8Array => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const utf8 = (text: string): Uint8Array => Buffer.from(text);

const files: readonly (readonly [string, Uint8Array, Dialect])[] = [
  ['commas', utf8('a,b,y\n1.5,2,p\n'), {delimiter: ',', decimalMark: 'Point'}],
  ['semicolons and decimal commas', utf8('a;b;y\n1,5;2,25;p\n3;4;q\n'), {delimiter: ';', decimalMark: 'Comma'}],
  ['semicolons and decimal points', utf8('a;b;y\n1.5;2.25;p\n'), {delimiter: ';', decimalMark: 'Point'}],
  ['tabs', utf8('a\tb\ty\n1\t2\tp, q\n'), {delimiter: '\t', decimalMark: 'Point'}],
  ['bars', utf8('a|b|y\n1|2|p\n'), {delimiter: '|', decimalMark: 'Point'}],
  [
    'quoted cells that hold other delimiters',
    utf8('a,y\n"1;2;3;4",p\n"x;y",q\n'),
    {delimiter: ',', decimalMark: 'Point'},
  ],
  ['quoted decimal commas', utf8('a,b,y\n"1,5","2,25",p\n'), {delimiter: ',', decimalMark: 'Comma'}],
  ['quoted thousands', utf8('a,b,y\n"1,500","12,250",p\n'), {delimiter: ',', decimalMark: 'Point'}],
  ['a byte order mark', utf8('\uFEFFa;y\n1;p\n'), {delimiter: ';', decimalMark: 'Point'}],
  ['a declared delimiter', utf8('sep=;\r\na,b;y\r\n1;p\r\n'), {delimiter: ';', decimalMark: 'Point'}],
  ['two bytes a character', utf16('a;y\n1,5;p\n'), {delimiter: ';', decimalMark: 'Comma'}],
  ['another code page', latin1('größe;y\n1,5;p\n'), {delimiter: ';', decimalMark: 'Comma'}],
  ['an open quote', utf8('a,b,y\n"1,2,p\n'), {delimiter: ',', decimalMark: 'Point'}],
  ['nothing', utf8(''), {delimiter: ',', decimalMark: 'Point'}],
];
for (const [what, bytes, dialect] of files)
  test(`a file with ${what} is known for what it is`, () => {
    assert.deepEqual(dialectOf(bytes), dialect);
  });

const layout = {name: 't.csv', target: 'y', delimiter: ';', ignore: []};
const encodings: readonly (readonly [string, Uint8Array])[] = [
  ['UTF-8', utf8('größe;y\nä;p\n')],
  ['UTF-8 with a byte order mark', utf8('\uFEFFgröße;y\nä;p\n')],
  ['UTF-16', utf16('größe;y\nä;p\n')],
  ['Windows-1252', latin1('größe;y\nä;p\n')],
  ['UTF-8, with a declared delimiter', utf8('sep=;\ngröße;y\nä;p\n')],
];
for (const [what, bytes] of encodings)
  test(`a table in ${what} is read`, () => {
    const {columns, rows} = parseTable(bytes, layout);
    assert.deepEqual([columns, rows], [['größe', 'y'], [['ä', 'p']]]);
  });

test('a table that another delimiter parts is refused with the delimiter to set', () => {
  assert.throws(() => parseTable(utf8('a\tb\ty\n1\t2\tp\n'), layout), /one column.*set csv\.delimiter to "\\t"/);
});

test('quotes inside cells are cells, lines inside quotes are cells, and lines are counted by the file', () => {
  const {rows, lines} = parseTable(utf8('a;y\n5" pipe;p\n"two\nlines; one ""cell""";q\n'), layout);
  assert.deepEqual(rows, [
    ['5" pipe', 'p'],
    ['two\nlines; one "cell"', 'q'],
  ]);
  assert.deepEqual(lines, [2, 4]);
});
