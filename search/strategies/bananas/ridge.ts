import {at, backward, factorize, forward} from '../../cholesky.ts';

/** What a linear function is fitted to: rows of one length, mostly zeros, what each should give, and how often each counts. */
export interface Lessons {
  readonly rows: readonly Float64Array[];
  readonly targets: readonly number[];
  readonly counts: readonly number[];
}

/** Places of the numbers that are not zero. */
function filledOf(row: Float64Array): number[] {
  const filled: number[] = [];
  for (let index = 0; index < row.length; index += 1) if (row[index] !== 0) filled.push(index);
  return filled;
}

/** Solves a positive definite system: the decay, which is above 0, makes it so. */
function solved(matrix: Float64Array, right: Float64Array): Float64Array {
  const factor = factorize(matrix, right.length);
  return factor === undefined ? new Float64Array(right.length) : backward(factor, forward(factor, right));
}

/** One equation per number of a row: for many rows. */
function byColumns({rows, targets, counts}: Lessons, width: number, decay: number): Float64Array {
  const matrix = new Float64Array(width * width);
  const right = new Float64Array(width);
  for (const [which, row] of rows.entries()) {
    const filled = filledOf(row);
    for (const [place, column] of filled.entries()) {
      const value = (counts[which] ?? 0) * at(row, column);
      right[column] = at(right, column) + value * (targets[which] ?? 0);
      for (let other = 0; other <= place; other += 1) {
        const entry = column * width + (filled[other] as number);
        matrix[entry] = at(matrix, entry) + value * at(row, filled[other] as number);
      }
    }
  }
  for (let column = 0; column < width; column += 1)
    matrix[column * width + column] = at(matrix, column * width + column) + decay;
  return solved(matrix, right);
}

/** One equation per row: for few rows. */
function byRows({rows, targets, counts}: Lessons, width: number, decay: number): Float64Array {
  const n = rows.length;
  const matrix = new Float64Array(n * n);
  for (const [i, row] of rows.entries()) {
    const filled = filledOf(row);
    for (let j = 0; j <= i; j += 1) {
      const other = rows[j] as Float64Array;
      let product = 0;
      for (const column of filled) product += at(row, column) * at(other, column);
      matrix[i * n + j] = product;
    }
    matrix[i * n + i] = at(matrix, i * n + i) + decay / (counts[i] ?? 1);
  }
  const shares = solved(matrix, Float64Array.from(targets));
  const weights = new Float64Array(width);
  for (const [i, row] of rows.entries())
    for (const column of filledOf(row)) weights[column] = at(weights, column) + at(shares, i) * at(row, column);
  return weights;
}

/**
 * Weights of the linear function that fits the rows best in squares, `decay` times their squared length added (ridge regression; in both its
 * forms: Hastie, Tibshirani & Friedman 2009, The elements of statistical learning, sections 3.4.1 and 18.3.5). The cost is about the cube
 * of the number of rows or of their width, whichever is less.
 */
export function ridge(lessons: Lessons, decay: number): Float64Array {
  const width = lessons.rows[0]?.length ?? 0;
  return lessons.rows.length < width ? byRows(lessons, width, decay) : byColumns(lessons, width, decay);
}
