import type {Task} from '../../search/space.ts';
import {TrialFailure} from '../failure.ts';
import type {Mounts} from './mounts.ts';
import type {Decoder} from './pictures.ts';
import {countOf, type Raw} from './raw.ts';
import {readRaw} from './sources/index.ts';
import type {Dataset} from './sources/source.ts';
import {builtinSeed, builtinShares, fractionOf, split, type Split} from './split.ts';
import {readTargets, type Targets} from './targets.ts';
import {demands} from './tasks.ts';

/** What identifies a trial's data. */
export interface DataRequest {
  readonly dataset: Dataset;
  readonly task: Task;
  /** Share of training and validation examples that is used; in (0, 1]. */
  readonly dataFraction: number;
}

export interface Prepared {
  readonly raw: Raw;
  readonly targets: Targets;
  /** One number per example: its class, or 0 in regression. */
  readonly strata: readonly number[];
  readonly split: Split;
}

/** Reads and splits a data set. Only `load.ts`, `test-split.ts` and `leaks.ts` may call it: each hands out its own part. */
export function prepare({dataset, task}: DataRequest, mounts: Mounts, decoder?: Decoder): Prepared {
  const raw = readRaw(dataset, {mounts, decoder});
  const targets = readTargets(raw, demands[task].targets);
  const strata = strataOf(raw, targets);
  const parts = partsOf(dataset, strata);
  for (const [part, indices] of Object.entries(parts) as [string, readonly number[]][])
    if (indices.length === 0)
      throw new TrialFailure(
        'BadData',
        `${raw.name}: ${String(countOf(raw))} examples leave none for ${part}; give more examples or another split`,
      );
  return {raw, targets, strata, split: parts};
}

/** Of more than `maxExamples` a stratified part is split; the rest is not looked at. */
function partsOf({builtin, split: shares, seed, maxExamples}: Dataset, strata: readonly number[]): Split {
  if (builtin !== undefined) return split(strata, builtinShares, builtinSeed);
  if (maxExamples === undefined || strata.length <= maxExamples) return split(strata, shares, seed);
  const kept = fractionOf([...strata.keys()], strata, maxExamples / strata.length, seed);
  const parts = split(
    kept.map((index) => strata[index] ?? 0),
    shares,
    seed,
  );
  const original = (positions: readonly number[]): number[] => positions.map((position) => kept[position] ?? 0);
  return {train: original(parts.train), validation: original(parts.validation), test: original(parts.test)};
}

function strataOf(raw: Raw, targets: Targets): readonly number[] {
  if (targets.kind === 'number') return Array.from({length: countOf(raw)}, () => 0);
  const classes = new Map([...new Set(targets.labels)].sort().map((label, index) => [label, index]));
  return targets.labels.map((label) => classes.get(label) ?? 0);
}
