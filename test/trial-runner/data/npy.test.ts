import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {parseNpy} from '../../../trial-runner/data/npy.ts';
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

  const good = npy({descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4]});
  const bad: [string, Uint8Array, RegExp][] = [
    ['in Fortran order', npy({descr: '<f4', shape: [2, 2], values: [1, 2, 3, 4], fortran: true}), /ascontiguousarray/],
    ['of text', npy({descr: '<U3', shape: [1], values: []}), /type <U3; convert/],
    ['of half precision', npy({descr: '<f2', shape: [1], values: []}), /type <f2; convert/],
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
