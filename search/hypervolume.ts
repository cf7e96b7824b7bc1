/** One point's scores, objective by objective; more is better. */
export type Scores = readonly number[];

const weaklyDominates = (a: Scores, b: Scores): boolean => a.every((score, at) => score >= (b[at] ?? -Infinity));

/** The points that no other dominates; of equal ones all. Each is compared with the front so far, which the best of the first objective lead. */
export function nondominated(points: readonly Scores[]): Scores[] {
  const front: Scores[] = [];
  for (const point of points.toSorted(descending)) {
    const dominated = front.some((other) => weaklyDominates(other, point) && !weaklyDominates(point, other));
    if (!dominated) front.push(point);
  }
  return front;
}

/** By the first objective, then by the next: what comes later never dominates what came before. */
function descending(a: Scores, b: Scores): number {
  for (const [at, score] of a.entries()) {
    const other = b[at] ?? -Infinity;
    if (score !== other) return other > score ? 1 : -1;
  }
  return 0;
}

/**
 * Volume of all that some point dominates and that dominates the reference; in the product of the objectives' units. Points that are not
 * better than the reference in every objective add nothing. WFG's recursion over exclusive volumes (While, Bradstreet, Barone 2012, A fast
 * way of calculating exact hypervolumes), with a sweep for two objectives.
 */
export function hypervolume(points: readonly Scores[], reference: Scores): number {
  const better = points.filter((point) => point.every((score, at) => score > (reference[at] ?? -Infinity)));
  return volumeOf(nondominated(better), reference);
}

function volumeOf(front: readonly Scores[], reference: Scores): number {
  if (reference.length === 2) return areaOf(front, reference);
  return front.reduce((sum, point, at) => {
    const limited = front.slice(at + 1).map((other) => other.map((score, axis) => Math.min(score, point[axis] ?? 0)));
    return sum + boxOf(point, reference) - volumeOf(nondominated(limited), reference);
  }, 0);
}

const boxOf = (point: Scores, reference: Scores): number =>
  point.reduce((volume, score, at) => volume * (score - (reference[at] ?? 0)), 1);

/** A front in the order of its first objective, worst last, rises in its second. */
function areaOf(front: readonly Scores[], [left = 0, bottom = 0]: Scores): number {
  let area = 0;
  let height = bottom;
  for (const [x = left, y = bottom] of front) {
    if (y <= height) continue;
    area += (x - left) * (y - height);
    height = y;
  }
  return area;
}
