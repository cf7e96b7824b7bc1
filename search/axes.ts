import type {Axis, Chosen} from './choices.ts';

/** Axes in the order in which they were met: conditional ones come up late. */
export type Axes = readonly Axis[];

/** A candidate by axis: what was chosen on each, `null` where the axis did not come up. Shorter than the axes are many when it is older. */
export type Point = readonly (number | null)[];

/** The axes, with those that are new. */
export function withAxes(axes: Axes, chosen: readonly Chosen[]): Axes {
  const known = new Set(axes.map(({name}) => name));
  const added = chosen.flatMap(({axis}) => (known.has(axis.name) ? [] : [axis]));
  return added.length === 0 ? axes : [...axes, ...added];
}

export function pointOn(axes: Axes, chosen: readonly Chosen[]): Point {
  const values = new Map(chosen.map(({axis, value}) => [axis.name, value]));
  return axes.map(({name}) => values.get(name) ?? null);
}
