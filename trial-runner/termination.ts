import {closeSync, openSync, writeSync} from 'node:fs';
import {Buffer} from 'node:buffer';
import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import type {Values} from '../search/objectives.ts';
import {terminationBytes, type TerminationRecord} from '../api/protocol.ts';

const maximumPoints = 20;
const significantDigits = 7;

/** Ways to make a record smaller, mildest first; each is applied until the record fits. */
type Shrink = (record: TerminationRecord) => TerminationRecord | undefined;

/**
 * The record as the bytes that are written: JSON padded with spaces to `terminationBytes`. Numbers have seven significant digits; the
 * curve has at most 20 points, the last and the best of `objective` among them, and loses more until all fits.
 */
export function encodeTermination(record: TerminationRecord, objective: {metric: string; goal: string}): Buffer {
  const shrinks: readonly Shrink[] = [
    (r) => thinner(r, objective),
    (r) => shorterMessage(r, 160),
    (r) => onlyMetric(r, objective.metric),
    (r) => shorterMessage(r, 40),
    (r) => coarser(r),
    (r) => without(r, 'curve'),
    (r) => without(r, 'message'),
    (r) => without(r, 'perModel'),
  ];
  let current = rounded(limitCurve(record, maximumPoints, objective), significantDigits);
  for (const shrink of shrinks)
    while (bytesOf(current) > terminationBytes) {
      const smaller = shrink(current);
      if (smaller === undefined) break;
      current = smaller;
    }
  if (bytesOf(current) > terminationBytes)
    throw new RangeError(`a termination record of ${String(bytesOf(current))} bytes cannot be made to fit`);
  const text = JSON.stringify(current);
  return Buffer.from(text + ' '.repeat(terminationBytes - Buffer.byteLength(text)));
}

const bytesOf = (record: TerminationRecord): number => Buffer.byteLength(JSON.stringify(record));

function thinner(record: TerminationRecord, objective: {metric: string; goal: string}): TerminationRecord | undefined {
  const points = record.curve?.length ?? 0;
  return points > 2 ? limitCurve(record, points - 1, objective) : undefined;
}

function shorterMessage(record: TerminationRecord, length: number): TerminationRecord | undefined {
  if (record.message === undefined || record.message.length <= length) return undefined;
  return {...record, message: `${record.message.slice(0, length - 1)}…`};
}

function onlyMetric(record: TerminationRecord, metric: string): TerminationRecord | undefined {
  const wide = record.perModel?.some((values) => Object.keys(values).length > 1) ?? false;
  if (!wide) return undefined;
  const first = (values: Values): Values => {
    const kept = Object.entries(values).filter(([name]) => name === metric);
    return Object.fromEntries(kept.length > 0 ? kept : Object.entries(values).slice(0, 1));
  };
  return {...record, perModel: record.perModel?.map(first)};
}

function without(record: TerminationRecord, member: 'curve' | 'message' | 'perModel'): TerminationRecord | undefined {
  if (record[member] === undefined) return undefined;
  const {[member]: _dropped, ...rest} = record;
  return rest;
}

function coarser(record: TerminationRecord): TerminationRecord | undefined {
  const coarse = rounded(record, 4);
  return bytesOf(coarse) < bytesOf(record) ? coarse : undefined;
}

/** Evenly spread over the epochs; the last and the best point are always among them. */
function limitCurve(
  record: TerminationRecord,
  limit: number,
  objective: {metric: string; goal: string},
): TerminationRecord {
  const {curve} = record;
  if (curve === undefined || curve.length <= limit) return record;
  const last = curve.length - 1;
  const kept = new Set(Array.from({length: limit}, (_, index) => Math.round((index * last) / (limit - 1))));
  const best = bestPoint(curve, objective);
  if (!kept.has(best)) {
    const inner = [...kept].filter((index) => index !== 0 && index !== last);
    const nearest = (inner.length > 0 ? inner : [0]).reduce((a, b) =>
      Math.abs(b - best) < Math.abs(a - best) ? b : a,
    );
    kept.delete(nearest);
    kept.add(best);
  }
  return {...record, curve: curve.filter((_, index) => kept.has(index))};
}

function bestPoint(curve: readonly CurvePoint[], {metric, goal}: {metric: string; goal: string}): number {
  const sign = goal === 'Maximize' ? 1 : -1;
  const valueAt = (index: number): number => sign * (curve[index]?.values[metric] ?? -sign * Infinity);
  return curve.reduce((best, _, index) => (valueAt(index) > valueAt(best) ? index : best), 0);
}

function rounded(record: TerminationRecord, digits: number): TerminationRecord {
  const text = JSON.stringify(record, (_key, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(digits)) : value,
  );
  return JSON.parse(text) as TerminationRecord;
}

/** Where the record is kept for whoever reads the container's termination message. */
export interface TerminationLog {
  write(record: TerminationRecord): void;
}

/** One write of the whole record over the last one: a kill in between leaves the one or the other, never half of each. */
export function terminationLog(file: string | undefined, objective: {metric: string; goal: string}): TerminationLog {
  if (file === undefined) return {write: () => undefined};
  closeSync(openSync(file, 'a'));
  return {
    write(record) {
      const bytes = encodeTermination(record, objective);
      // Not 'w': that would truncate first, and a kill could find an empty file.
      const descriptor = openSync(file, 'r+');
      try {
        writeSync(descriptor, bytes, 0, bytes.length, 0);
      } finally {
        closeSync(descriptor);
      }
    },
  };
}
