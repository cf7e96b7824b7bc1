declare const unit: unique symbol;
type Quantity<Unit extends string> = number & {readonly [unit]: Unit};

/** One GPU for one millisecond; always an integer. */
export type GpuMilliseconds = Quantity<'gpu-ms'>;
/** A millionth of the currency that prices are given in; always an integer. */
export type MicroDollars = Quantity<'micro-dollars'>;
/** Milliseconds since the epoch. */
export type Instant = Quantity<'instant'>;

const integer = (value: number, what: string): number => {
  if (!Number.isSafeInteger(value)) throw new RangeError(`${what} must be a safe integer, found ${String(value)}`);
  return value;
};

export const gpuMilliseconds = (value: number): GpuMilliseconds =>
  integer(value, 'GPU-milliseconds') as GpuMilliseconds;
export const microDollars = (value: number): MicroDollars => integer(value, 'micro-dollars') as MicroDollars;
export const instant = (value: number): Instant => integer(value, 'an instant') as Instant;

/** A limit in GPU-hours, rounded down to whole GPU-milliseconds, so that rounding never grants more. */
export const fromGpuHours = (hours: number): GpuMilliseconds => gpuMilliseconds(Math.floor(hours * 3_600_000));
export const toGpuHours = (amount: GpuMilliseconds): number => amount / 3_600_000;

/** `"3.06"` → 3,060,000. The pattern of the schema has been checked before. */
export const fromMoney = (text: string): MicroDollars => {
  const [whole = '0', fraction = ''] = text.split('.');
  return microDollars(Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6)));
};
export const toMoney = (amount: MicroDollars): string => (amount / 1_000_000).toFixed(2);

/** The price of an amount of GPU time, rounded up. */
export const priceOf = (amount: GpuMilliseconds, perGpuHour: MicroDollars): MicroDollars =>
  microDollars(Number((BigInt(amount) * BigInt(perGpuHour) + 3_599_999n) / 3_600_000n));

/**
 * Hours, minutes, seconds in this order, each a number of at most six digits above 0. The empty text matches too (the API server's regular
 * expressions have no look-ahead), so that a schema needs a minimum length beside it.
 */
export const durationPattern = /^([1-9][0-9]{0,5}h)?([1-9][0-9]{0,5}m)?([1-9][0-9]{0,5}s)?$/;
/** Dollars or another currency with at most six decimals; in micro-dollars it stays a safe integer. */
export const moneyPattern = /^(0|[1-9][0-9]{0,8})(\.[0-9]{1,6})?$/;

/** `"1h30m"` → 5,400 (seconds). The pattern of the schema has been checked before. */
export const seconds = (duration: string): number => {
  const [, h = '0', m = '0', s = '0'] = durationPattern.exec(duration) ?? [];
  return Number.parseInt(h, 10) * 3600 + Number.parseInt(m, 10) * 60 + Number.parseInt(s, 10);
};

/** The API server's time format: RFC 3339 in whole seconds. */
export const timestamp = (at: Instant): string => new Date(at).toISOString().replace(/\.\d+Z$/, 'Z');
export const parseTimestamp = (text: string): Instant => instant(Date.parse(text));

/** The calendar day in UTC: what a ledger's buckets are named after. */
export const dayOf = (at: Instant): string => timestamp(at).slice(0, 10);
