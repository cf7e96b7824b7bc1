/** The part of the values that is worth a chart's height: a few that went wrong would press all others into one line. */
export function focus(
  values: readonly number[],
  goal: 'Maximize' | 'Minimize',
): {readonly domain: readonly [number, number]; readonly outside: number} {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b);
  const at = (fraction: number): number => sorted[Math.round(fraction * (sorted.length - 1))] ?? 0;
  const [lower, middle, upper] = [at(0.25), at(0.5), at(0.75)];
  // What is worse than the median by more than this is far off (three times the spread of the middle half, as in box plots, doubled).
  const reach = 3 * Math.max(upper - lower, Math.abs(middle) * 0.005);
  const low = goal === 'Maximize' ? Math.max(at(0), lower - reach) : at(0);
  const high = goal === 'Maximize' ? at(1) : Math.min(at(1), upper + reach);
  const margin = (high - low || Math.abs(high) || 1) * 0.06;
  const domain = [low - margin, high + margin] as const;
  return {domain, outside: sorted.filter((value) => value < domain[0] || value > domain[1]).length};
}
