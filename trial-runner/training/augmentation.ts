import type {Random} from '../../search/random.ts';
import type {Shape} from '../../search/network.ts';
import type {TrainingSettings} from './settings.ts';

/** Copies one example of `size` values from `from[at…]` to `to[position…]`, changed at random. */
type Augment = (from: Float32Array, at: number, to: Float32Array, position: number) => void;

/** Images are shifted by up to an eighth of their side, at least one pixel. */
const reach = (side: number): number => Math.max(1, Math.floor(side / 8));

const copy =
  (size: number): Augment =>
  (from, at, to, position) => {
    to.set(from.subarray(at, at + size), position);
  };

/** What leaves on one side is cut off; what comes in repeats the border, so that no made-up value enters. */
function shifted(shape: Shape, random: Random, flips: boolean): Augment {
  const [height = 1, width = 1, channels = 1] = shape;
  return (from, at, to, position) => {
    const down = random.integer(2 * reach(height) + 1) - reach(height);
    const right = random.integer(2 * reach(width) + 1) - reach(width);
    const flip = flips && random.integer(2) === 1;
    for (let row = 0; row < height; row += 1)
      for (let column = 0; column < width; column += 1) {
        const source = flip ? width - 1 - column : column;
        const pixel = clamp(row - down, height) * width + clamp(source - right, width);
        const [start, end] = [at + pixel * channels, position + (row * width + column) * channels];
        // Not `to.set(from.subarray(…))`: an object for each pixel costs ten times the copy.
        for (let channel = 0; channel < channels; channel += 1) to[end + channel] = from[start + channel] ?? 0;
      }
  };
}

const clamp = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);

const kinds: Readonly<
  Record<TrainingSettings['augmentation'], (shape: Shape, size: number, random: Random) => Augment>
> = {
  Identity: (_shape, size) => copy(size),
  Shift: (shape, size, random) => (shape.length === 3 ? shifted(shape, random, false) : copy(size)),
  ShiftFlip: (shape, size, random) => (shape.length === 3 ? shifted(shape, random, true) : copy(size)),
};

/** The augmentation of one epoch; tables are left as they are. */
export const augmentation = (kind: TrainingSettings['augmentation'], shape: Shape, random: Random): Augment =>
  kinds[kind](
    shape,
    shape.reduce((product, side) => product * side, 1),
    random,
  );
