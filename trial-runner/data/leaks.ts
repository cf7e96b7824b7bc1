import {createHash} from 'node:crypto';
import type {Mounts} from './mounts.ts';
import type {Decoder} from './pictures.ts';
import {prepare, type DataRequest} from './prepared.ts';
import type {Raw} from './raw.ts';
import {sizeOf} from './raw.ts';

/** Examples whose inputs are those of a training example: a model that has learnt it by heart is right about them. */
export interface Leaks {
  readonly validation: number;
  readonly validationOf: number;
  readonly test: number;
  readonly testOf: number;
  readonly train: number;
}

/** Counts duplicates across the splits; nothing of the test examples but their number gets out. */
export function leaksOf(request: DataRequest, mounts: Mounts, decoder?: Decoder): Leaks {
  const {raw, split} = prepare(request, mounts, decoder);
  const key = keysOf(raw);
  const known = new Set(split.train.map(key));
  const leaked = (part: readonly number[]): number => part.filter((example) => known.has(key(example))).length;
  return {
    validation: leaked(split.validation),
    validationOf: split.validation.length,
    test: leaked(split.test),
    testOf: split.test.length,
    train: split.train.length,
  };
}

function keysOf(raw: Raw): (example: number) => string {
  if (raw.kind === 'table') {
    const used = raw.columns.flatMap((column, index) =>
      column === raw.target || raw.ignore.includes(column) ? [] : [index],
    );
    return (row) => JSON.stringify(used.map((column) => raw.rows[row]?.[column]));
  }
  const size = sizeOf(raw.shape);
  return (example) =>
    createHash('sha256')
      .update(raw.inputs.subarray(example * size, (example + 1) * size))
      .digest('base64');
}
