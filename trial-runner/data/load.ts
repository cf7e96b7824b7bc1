import type {DataShape} from '../../search/network.ts';
import type {Mounts} from './mounts.ts';
import type {Decoder} from './pictures.ts';
import {prepare, type DataRequest} from './prepared.ts';
import {encode, fit, shapeOf, type Preprocessing} from './preprocessing.ts';
import type {Examples} from './raw.ts';
import {fractionOf} from './split.ts';

export type {DataRequest} from './prepared.ts';

/** All that a training trial gets to see: test examples are not part of it. */
export interface Loaded {
  readonly train: Examples;
  readonly validation: Examples;
  readonly preprocessing: Preprocessing;
  readonly shape: DataShape;
}

/**
 * Reads, splits and encodes a data set for training. Only folders of pictures need the decoder.
 *
 * @throws TrialFailure `MissingFile`, `BadData` (with row and column) or `WrongShape`.
 */
export function load(request: DataRequest, mounts: Mounts, decoder?: Decoder): Loaded {
  const {raw, targets, strata, split} = prepare(request, mounts, decoder);
  const used = (part: readonly number[]): readonly number[] => fractionOf(part, strata, request.dataFraction, 0);
  // Fitted on all training examples whatever the fraction, so that a small trial sees the same features as a full one.
  const fitted = fit(raw, targets, split.train, request.task);
  // A broken cell among the test examples must show now and not when the search is over; what this encodes is dropped.
  encode(raw, targets, split.test, fitted);
  return {
    train: encode(raw, targets, used(split.train), fitted),
    validation: encode(raw, targets, used(split.validation), fitted),
    preprocessing: fitted,
    shape: shapeOf(fitted),
  };
}
