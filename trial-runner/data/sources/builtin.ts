import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import type {Raw, RawTable} from '../raw.ts';
import {parseTable} from './csv.ts';
import type {Dataset, Source} from './source.ts';

const open = (file: string, name: string, target: string): RawTable =>
  parseTable(gunzipSync(readFileSync(new URL(`../files/${file}`, import.meta.url))), {
    name,
    target,
    delimiter: ',',
    ignore: [],
  });

/** Images of 8×8 pixels, one channel; the last column is the digit. */
function digits(): Raw {
  const {rows} = open('digits.csv.gz', 'digits', 'digit');
  return {
    kind: 'arrays',
    name: 'digits',
    shape: [8, 8, 1],
    inputs: Float32Array.from(rows.flatMap((row) => row.slice(0, -1).map(Number))),
    targets: Float64Array.from(rows.map((row) => Number(row.at(-1)))),
  };
}

const sets: Readonly<Record<NonNullable<Dataset['builtin']>, () => Raw>> = {
  digits,
  breastCancer: () => open('breast-cancer.csv.gz', 'breastCancer', 'diagnosis'),
};

export const builtin: Source<'builtin'> = {member: 'builtin', read: (name) => sets[name]()};
