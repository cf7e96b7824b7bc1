const sizes: ReadonlySet<string> = new Set(['parameters', 'flops']);

/** A measured value with as many digits as its neighbours in a column; sizes of networks are whole. */
export function measuredFigure(metric: string, value: number | undefined): string {
  if (value === undefined || sizes.has(metric)) return figure(value);
  return value.toLocaleString('en', {minimumSignificantDigits: 4, maximumSignificantDigits: 4}).replace('-', '−');
}

/** A number for people: so many significant digits (whole numbers whole), thousands grouped, a true minus sign. */
export function figure(value: number | undefined, digits = 4): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(digits));
  return rounded.toLocaleString('en', {maximumSignificantDigits: 15}).replace('-', '−');
}

/** A difference: of its digits two are worth telling. */
export const signed = (value: number): string => (value > 0 ? `+${figure(value, 2)}` : figure(value, 2));

/** `12,400,000` is `12.4 M`: for sizes of networks; up to 9,999 they are written out. */
export function count(value: number | undefined): string {
  if (value === undefined) return '–';
  const row = magnitudes.find(({from}) => value >= from);
  return row === undefined ? figure(value) : `${String(Number((value / row.unit).toPrecision(3)))} ${row.letter}`;
}

const magnitudes = [
  {from: 1e9, unit: 1e9, letter: 'G'},
  {from: 1e6, unit: 1e6, letter: 'M'},
  {from: 1e4, unit: 1e3, letter: 'k'},
];

/** A time for people: the two largest units. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${String(hours)} h ${String(minutes)} min`;
  return minutes > 0 ? `${String(minutes)} min ${String(whole % 60)} s` : `${String(Number(seconds.toPrecision(2)))} s`;
}

/** GPU time in the unit that reads best. */
export function gpuTime(gpuSeconds: number): string {
  if (gpuSeconds < 60) return plural(gpuSeconds, 'GPU-second');
  return gpuSeconds < 3600 ? plural(gpuSeconds / 60, 'GPU-minute') : plural(gpuSeconds / 3600, 'GPU-hour');
}

export const plural = (many: number, one: string, more = `${one}s`): string =>
  `${figure(many, 3)} ${many === 1 ? one : more}`;

/** `balancedAccuracy` → `balanced accuracy`; names of metrics are told as words. */
export const metricWords = (metric: string): string => names[metric] ?? metric;

const names: Readonly<Record<string, string>> = {
  balancedAccuracy: 'balanced accuracy',
  crossEntropy: 'cross-entropy',
  rmse: 'RMSE',
  mae: 'MAE',
  r2: 'R²',
  flops: 'FLOPs',
  latencyMilliseconds: 'latency (ms)',
};
