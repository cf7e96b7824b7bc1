import type {Mounts} from './mounts.ts';
import type {Decoder} from './pictures.ts';
import {prepare, type DataRequest} from './prepared.ts';
import {encode, type Preprocessing} from './preprocessing.ts';
import type {Examples} from './raw.ts';

/** The test examples, encoded as the model that is scored was trained. Only `scoring.ts` may import this file. */
export function loadTest(
  request: DataRequest,
  mounts: Mounts,
  preprocessing: Preprocessing,
  decoder?: Decoder,
): Examples {
  const {raw, targets, split} = prepare(request, mounts, decoder);
  return encode(raw, targets, split.test, preprocessing);
}
