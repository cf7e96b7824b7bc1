import {gpuMilliseconds, microDollars, toGpuHours, toMoney} from './quantities.ts';
import type {SearchSpec} from './search.ts';
import type {SearchStatus} from './search-status.ts';

export type Summary = NonNullable<SearchStatus['summary']>;

/** The columns of `kubectl get archs` as text: a printer column can neither divide nor pick a metric by name. */
export function summaryOf(spec: SearchSpec, status: SearchStatus): Summary {
  return {
    ...textOf('best', bestOf(spec, status)),
    ...textOf('againstBaseline', againstBaseline(spec, status)),
    ...textOf('gpuHours', gpuHours(spec, status)),
    ...textOf('cost', cost(spec, status)),
  };
}

const textOf = (key: keyof Summary, text: string | undefined): Summary => (text === undefined ? {} : {[key]: text});

const metricOf = (spec: SearchSpec): string | undefined => spec.objectives[0]?.metric;
const short = (value: number): string => String(Number(value.toPrecision(4)));
const signed = (value: number): string => (value < 0 ? '' : '+') + short(value);

function bestOf(spec: SearchSpec, status: SearchStatus): string | undefined {
  const metric = metricOf(spec);
  const value = metric === undefined ? undefined : status.best?.values[metric];
  return metric === undefined || value === undefined ? undefined : `${metric} ${short(value)}`;
}

const conclusions = {WinnerBetter: 'better', BaselineBetter: 'worse', NoDifference: 'no difference'} as const;

function againstBaseline(spec: SearchSpec, status: SearchStatus): string | undefined {
  const difference = status.comparison?.difference;
  if (difference !== undefined) return `${signed(difference.value)} (${conclusions[difference.conclusion]})`;
  const metric = metricOf(spec) ?? '';
  const ours = status.best?.values[metric];
  const theirs = status.baseline?.values[metric];
  return ours === undefined || theirs === undefined ? undefined : `${signed(ours - theirs)} (validation)`;
}

function gpuHours(spec: SearchSpec, {usage}: SearchStatus): string | undefined {
  if (usage === undefined) return undefined;
  const used = short(toGpuHours(gpuMilliseconds(usage.gpuMilliseconds)));
  return spec.limits.gpuHours === undefined ? used : `${used}/${String(spec.limits.gpuHours)}`;
}

function cost(spec: SearchSpec, {usage}: SearchStatus): string | undefined {
  if (usage === undefined || spec.template.pricePerGpuHour === undefined) return undefined;
  const used = toMoney(microDollars(usage.microDollars));
  return spec.limits.cost === undefined ? used : `${used}/${spec.limits.cost}`;
}
