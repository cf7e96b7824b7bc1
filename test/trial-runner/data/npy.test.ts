import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {parseNpy, transposed} from '../../../trial-runner/data/npy.ts';
import {npy} from './npy-builder.ts';

describe('A NumPy array', () => {
  const signed = [-3, 0, 7, 100];
  const unsigned = [3, 0, 7, 200];
  const types: [string, readonly number[]][] = [
    ...['f4', 'f8', 'i1', 'i2', 'i4', 'i8'].map((type): [string, readonly number[]] => [type, signed]),
    ...['u1', 'u2', 'u4', 'u8'].map((type): [string, readonly number[]] => [type, unsigned]),
    ['b1', [0, 1, 1, 0]],
  ];
  for (const [type, values] of types)
    for (const order of type.endsWith('1') ? ['|'] : ['<', '>'])
      for (const version of [1, 2] as const)
        it(`of ${order}${type} is read, header version ${String(version)}`, () => {
          const array = parseNpy(npy({descr: order + type, shape: [2, 2], values, version}));
          assert.deepEqual(array.shape, [2, 2]);
          assert.deepEqual([...array.values], values);
        });

  it('is read from the middle of a buffer', () => {
    const bytes = npy({descr: '<f4', shape: [3], values: [1, 2, 3]});
    const around = new Uint8Array(bytes.length + 3);
    around.set(bytes, 3);
    assert.deepEqual([...parseNpy(around.subarray(3)).values], [1, 2, 3]);
  });

  it('of half precision is read', () => {
    const bits = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x7c00, 0xfc00, 0x7e00];
    const numbers = [1, -2, 0.333251953125, 2 ** -24, 65504, Infinity, -Infinity, NaN];
    for (const order of ['<', '>'])
      assert.deepEqual([...parseNpy(npy({descr: `${order}f2`, shape: [8], values: bits})).values], numbers);
  });

  const orders: [string, readonly number[], readonly number[]][] = [
    ['a matrix', [2, 3], [1, 4, 2, 5, 3, 6]],
    ['three axes', [1, 2, 3], [1, 4, 2, 5, 3, 6]],
    ['a vector', [6], [1, 2, 3, 4, 5, 6]],
  ];
  for (const [what, shape, values] of orders)
    it(`in Fortran order is read row by row: ${what}`, () => {
      const array = parseNpy(npy({descr: '<f4', shape, values, fortran: true}));
      assert.deepEqual([array.shape, [...array.values]], [shape, [1, 2, 3, 4, 5, 6]]);
    });

  it('has its axes turned as numpy.transpose turns them', () => {
    const values = Float64Array.from({length: 24}, (_, index) => index);
    const {shape, values: turned} = transposed({shape: [2, 3, 4], values}, [0, 2, 1]);
    assert.deepEqual(shape, [2, 4, 3]);
    assert.deepEqual([...turned.subarray(0, 6)], [0, 4, 8, 1, 5, 9]);
    assert.deepEqual([...transposed({shape, values: turned}, [0, 2, 1]).values], [...values]);
  });

  const good = npy({descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4]});
  const bad: [string, Uint8Array, RegExp][] = [
    ['of text', npy({descr: '<U3', shape: [1], values: []}), /type <U3; convert/],
    ['that is cut short', good.subarray(0, good.length - 1), /needs 16 bytes, found 15/],
    ['that is cut in its header', good.subarray(0, 40), /header/],
    ['that is something else', new TextEncoder().encode('PK and so on, not numpy'), /not a NumPy array/],
    ['that is empty', new Uint8Array(0), /not a NumPy array/],
  ];
  for (const [what, bytes, message] of bad)
    it(`${what} is refused`, () => {
      assert.throws(() => parseNpy(bytes), message);
    });
});
