/** The .npy format, versions 1 to 3: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

type Read = (view: DataView, offset: number, littleEndian: boolean) => number;

/** One row per element type that is understood: its size in bytes and how it is read. */
const elementTypes: Readonly<Record<string, {readonly bytes: number; readonly read: Read}>> = {
  f2: {bytes: 2, read: (view, at, little) => half(view.getUint16(at, little))},
  f4: {bytes: 4, read: (view, at, little) => view.getFloat32(at, little)},
  f8: {bytes: 8, read: (view, at, little) => view.getFloat64(at, little)},
  i1: {bytes: 1, read: (view, at) => view.getInt8(at)},
  i2: {bytes: 2, read: (view, at, little) => view.getInt16(at, little)},
  i4: {bytes: 4, read: (view, at, little) => view.getInt32(at, little)},
  i8: {bytes: 8, read: (view, at, little) => Number(view.getBigInt64(at, little))},
  u1: {bytes: 1, read: (view, at) => view.getUint8(at)},
  u2: {bytes: 2, read: (view, at, little) => view.getUint16(at, little)},
  u4: {bytes: 4, read: (view, at, little) => view.getUint32(at, little)},
  u8: {bytes: 8, read: (view, at, little) => Number(view.getBigUint64(at, little))},
  b1: {bytes: 1, read: (view, at) => view.getUint8(at)},
};

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

interface Header {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly dataAt: number;
}

/** Type and shape of an array, without reading its elements. */
export function describeNpy(bytes: Uint8Array): {readonly descr: string; readonly shape: readonly number[]} {
  const {descr, shape} = header(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return {descr, shape};
}

/** @throws Error that says what is wrong with the bytes and what to do; the caller names the file and the array. */
export function parseNpy(bytes: Uint8Array): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const {descr, shape, fortranOrder, dataAt} = header(bytes, view);
  const element = elementTypes[descr.slice(1)];
  if (element === undefined || !'<>|='.includes(descr.charAt(0)))
    throw new Error(`holds elements of type ${descr}; convert it with .astype("float32") or .astype("int64")`);
  const count = shape.reduce((product, side) => product * side, 1);
  if (bytes.byteLength - dataAt < count * element.bytes)
    throw new Error(
      `is cut short: shape ${String(shape)} needs ${String(count * element.bytes)} bytes, found ${String(bytes.byteLength - dataAt)}; save it again`,
    );
  const littleEndian = !descr.startsWith('>');
  const values = new Float64Array(count);
  for (let index = 0; index < count; index += 1)
    values[index] = element.read(view, dataAt + index * element.bytes, littleEndian);
  if (!fortranOrder || shape.length < 2) return {shape, values};
  // stored with the first axis running fastest: as the array of reversed shape, whose axes are then turned round
  const axes = shape.map((_, axis) => shape.length - 1 - axis);
  return transposed({shape: shape.toReversed(), values}, axes);
}

/** `numpy.transpose`: axis k of the result is axis `axes[k]` of the array. */
export function transposed({shape, values}: NpyArray, axes: readonly number[]): NpyArray {
  const strideOf = (axis: number): number => shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const turned = axes.map((axis) => ({side: shape[axis] ?? 1, stride: strideOf(axis)}));
  const result = new Float64Array(values.length);
  for (let at = 0; at < result.length; at += 1) result[at] = values[sourceOf(at, turned)] ?? 0;
  return {shape: turned.map(({side}) => side), values: result};
}

/** Where the element stands that is number `at` of the turned array, row by row. */
function sourceOf(at: number, turned: readonly {readonly side: number; readonly stride: number}[]): number {
  let [rest, from] = [at, 0];
  for (const {side, stride} of turned.toReversed()) {
    from += (rest % side) * stride;
    rest = Math.floor(rest / side);
  }
  return from;
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

function header(bytes: Uint8Array, view: DataView): Header {
  if (bytes.byteLength < 10 || magic.some((byte, index) => bytes[index] !== byte))
    throw new Error('is not a NumPy array; save it with numpy.savez');
  const wide = view.getUint8(6) >= 2;
  const textAt = wide ? 12 : 10;
  if (bytes.byteLength < textAt) throw new Error('is cut short in its header; save it again');
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  return {...description(new TextDecoder().decode(bytes.subarray(textAt, textAt + length))), dataAt: textAt + length};
}

function description(text: string): Omit<Header, 'dataAt'> {
  const descr = /'descr':\s*'([^']+)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const sides = /'shape':\s*\(([^)]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sides === undefined)
    throw new Error('has a header that is not a plain array of numbers; save numbers, not records or objects');
  const shape = sides
    .split(',')
    .filter((side) => side.trim() !== '')
    .map(Number);
  return {descr, shape, fortranOrder: order === 'True'};
}
