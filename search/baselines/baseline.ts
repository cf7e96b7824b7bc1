import type {Json} from '../json.ts';
import type {DataShape, Network} from '../network.ts';
import type {ParameterSpace} from '../parameters.ts';
import type {CellGraph, Task} from '../space.ts';

/** One row of the table of baselines: a standard network that a search has to beat, tuned over its training settings. */
export interface Baseline {
  readonly type: string;
  readonly tasks: readonly Task[];
  /** The architecture as data; fixed, so that tuning is over the training settings alone. */
  readonly genotype: Json;
  network(genotype: Json, data: DataShape): Network;
  /** Its repeated parts, for drawings. */
  readonly cells?: readonly CellGraph[];
  /** Ranges that are tuned when the search's `training` leaves nothing to tune. */
  readonly tuning: ParameterSpace;
}
