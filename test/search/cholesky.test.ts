import assert from 'node:assert/strict';
import {test} from 'node:test';
import {backward, factorize, forward} from '../../search/cholesky.ts';

// A is L Lᵀ of L = [[2, 0, 0], [1, 3, 0], [-1, 2, 1]].
const matrix = Float64Array.from([4, 0, 0, 2, 10, 0, -2, 5, 6]);

test('a factor is the triangle that the matrix was made of', () => {
  assert.deepEqual([...(factorize(matrix, 3) ?? [])], [2, 0, 0, 1, 3, 0, -1, 2, 1]);
});

test('forward and backward solve the system of the matrix', () => {
  const factor = factorize(matrix, 3) ?? new Float64Array(9);
  // A × [1, 2, 3]
  const solved = backward(factor, forward(factor, Float64Array.from([2, 37, 26])));
  for (const [at, value] of [1, 2, 3].entries()) assert.ok(Math.abs((solved[at] ?? 0) - value) < 1e-12);
});

test('a matrix that is not positive definite has no factor', () => {
  assert.equal(factorize(Float64Array.from([1, 0, 2, 1]), 2), undefined);
});
