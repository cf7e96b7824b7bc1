import {TrialFailure} from '../../failure.ts';
import {readMounted, type Mounts, type VolumePath} from '../mounts.ts';
import {listPictures, nameOf} from '../pictures.ts';
import type {Decoder, Picture, PictureFile, PictureFolder, PictureSize} from '../pictures.ts';
import type {RawArrays} from '../raw.ts';
import {fractionOf} from '../split.ts';
import type {Reading, Source} from './source.ts';

/** Values that pictures may have in all: 1 GiB of them, of which splitting and standardizing make a second. */
const mostValues = 2 ** 28;

const largestSide = 64;

/** What the median is taken of; each must be decoded for it. */
const measuredPictures = 256;

/** The pictures of a folder with a sub-folder per class, at one size, gray or color as most of them are. */
export function readPictures(
  volume: VolumePath,
  size: readonly number[] | undefined,
  {mounts, decoder, maxExamples, seed}: Reading,
): RawArrays {
  if (decoder === undefined) throw new TrialFailure('RunnerError', 'pictures cannot be read without TensorFlow');
  const folder = listPictures(mounts, volume);
  const files = chosen(folder.files, maxExamples, seed);
  const open: Open = (path, look) => opened({mounts, claim: volume.claim}, path, (bytes) => look(decoder, bytes));
  const [height, width] = sizeOf(size) ?? medianSize(files, open);
  checkMemory(folder.name, files.length, [height, width]);
  const pictures = files.map(({path}) => open(path, ({decode}, bytes) => decode(bytes, [height, width])));
  const channels = pictures.filter((picture) => picture.channels === 3).length * 2 >= pictures.length ? 3 : 1;
  return {
    kind: 'arrays',
    name: folder.name,
    shape: [height, width, channels],
    inputs: joined(pictures, height * width, channels),
    targets: Float64Array.from(files, ({label}) => label),
    classes: folder.classes,
  };
}

/** Those that the split would keep, so that no others are decoded. */
function chosen(files: PictureFolder['files'], most: number | undefined, seed: number): readonly PictureFile[] {
  if (most === undefined || files.length <= most) return files;
  const labels = files.map(({label}) => label);
  const kept = new Set(fractionOf([...labels.keys()], labels, most / files.length, seed));
  return files.filter((_, index) => kept.has(index));
}

type Open = <T>(path: string, look: (decoder: Decoder, bytes: Uint8Array) => T) => T;

/** Looks at one file; whatever is wrong with it is told with its name. */
function opened<T>(
  {mounts, claim}: {readonly mounts: Mounts; readonly claim: string},
  path: string,
  look: (bytes: Uint8Array) => T,
): T {
  const bytes = readMounted(mounts, {claim, path});
  try {
    return look(bytes);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrialFailure(
      'BadData',
      `${nameOf({claim, path})} is no picture that can be read (${why}); save it again or remove it`,
      {cause},
    );
  }
}

function sizeOf(given: readonly number[] | undefined): PictureSize | undefined {
  const [height, width = height] = given ?? [];
  return height === undefined || width === undefined ? undefined : [height, width];
}

function medianSize(files: readonly PictureFile[], open: Open): PictureSize {
  const sizes = spread(files, measuredPictures).map(({path}) => open(path, ({measure}, bytes) => measure(bytes).size));
  return sensibleSize(sizes, largestSide);
}

/** So many of a list, evenly far from each other. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  const wanted = new Set(Array.from({length: most}, (_, index) => Math.floor((index * all.length) / most)));
  return all.filter((_, index) => wanted.has(index));
}

/** The median height and width, shrunk in proportion until neither is above `largest`; multiples of 4, which the spaces halve twice. */
export function sensibleSize(sizes: readonly PictureSize[], largest: number): PictureSize {
  const [height, width] = [median(sizes.map(([side]) => side)), median(sizes.map(([, side]) => side))];
  const scale = Math.min(1, largest / Math.max(height, width));
  const rounded = (side: number): number => Math.max(4, Math.round((side * scale) / 4) * 4);
  return [rounded(height), rounded(width)];
}

const median = (sides: readonly number[]): number =>
  sides.toSorted((a, b) => a - b)[Math.floor((sides.length - 1) / 2)] ?? 4;

/** Before anything is decoded: as if all were in color. */
function checkMemory(name: string, count: number, [height, width]: PictureSize): void {
  const each = height * width * 3;
  if (count * each <= mostValues) return;
  throw new TrialFailure(
    'BadData',
    `${name}: ${String(count)} pictures of ${String(height)} × ${String(width)} need ${((count * each * 4) / 2 ** 30).toFixed(1)} GiB, and 1 GiB is the most; set dataset.maxExamples to ${String(Math.floor(mostValues / each))} or less, or a smaller dataset.imageFolder.size`,
  );
}

/** [pictures, height × width, channels], each turned gray or into three equal colors as it must. */
function joined(pictures: readonly Picture[], area: number, channels: 1 | 3): Float32Array {
  const inputs = new Float32Array(pictures.length * area * channels);
  for (const [at, {channels: own, pixels}] of pictures.entries())
    inputs.set(own === channels ? pixels : channels === 3 ? colored(pixels) : gray(pixels), at * area * channels);
  return inputs;
}

const colored = (pixels: Uint8ClampedArray): Uint8ClampedArray =>
  Uint8ClampedArray.from({length: pixels.length * 3}, (_, at) => pixels[Math.floor(at / 3)] ?? 0);

/** The weights of luma in ITU-R BT.601. */
const gray = (pixels: Uint8ClampedArray): Uint8ClampedArray =>
  Uint8ClampedArray.from(
    {length: pixels.length / 3},
    (_, at) => 0.299 * (pixels[at * 3] ?? 0) + 0.587 * (pixels[at * 3 + 1] ?? 0) + 0.114 * (pixels[at * 3 + 2] ?? 0),
  );

export const imageFolder: Source<'imageFolder'> = {
  member: 'imageFolder',
  read: ({volume, size}, reading) => readPictures(volume, size, reading),
};
