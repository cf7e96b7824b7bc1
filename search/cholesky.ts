/*
 * Cholesky factors on flat arrays, row by row. Written out: models are fitted at every proposal, and a matrix library's accessors take most
 * of that time.
 */

/** Lower triangle of a symmetric positive definite matrix's Cholesky factor, row by row; `undefined` when it has none. */
export function factorize(matrix: Float64Array, n: number): Float64Array | undefined {
  const factor = new Float64Array(n * n);
  for (let i = 0; i < n; i += 1)
    for (let j = 0; j <= i; j += 1) {
      let sum = at(matrix, i * n + j);
      for (let k = 0; k < j; k += 1) sum -= at(factor, i * n + k) * at(factor, j * n + k);
      if (i === j && sum <= 1e-12) return undefined;
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / at(factor, j * n + j);
    }
  return factor;
}

/** An entry that is there: the loops stay inside. */
export const at = (values: Float64Array, index: number): number => values[index] as number;

/** Solves L x = b. Lengths of `b` and `x` are those of the factor's rows. */
export function forward(factor: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  for (let i = 0; i < n; i += 1) {
    let sum = at(b, i);
    for (let k = 0; k < i; k += 1) sum -= at(factor, i * n + k) * at(x, k);
    x[i] = sum / at(factor, i * n + i);
  }
  return x;
}

/** Solves Lᵀ x = b. */
export function backward(factor: Float64Array, b: Float64Array): Float64Array {
  const n = b.length;
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = at(b, i);
    for (let k = i + 1; k < n; k += 1) sum -= at(factor, k * n + i) * at(x, k);
    x[i] = sum / at(factor, i * n + i);
  }
  return x;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += at(a, index) * at(b, index);
  return sum;
}
