import {fromMoney, parseTimestamp} from '../../api/quantities.ts';
import {purposes} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import type {Costs, Spent} from './model.ts';

/** GPU-seconds of all attempts of a trial. */
export const gpuSecondsOf = ({status}: Trial): number =>
  (status?.attempts ?? []).reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0) / 1000;

const moneyOf = ({status}: Trial): number =>
  (status?.attempts ?? []).reduce((sum, {microDollars}) => sum + microDollars, 0) / 1_000_000;

/** The device that the trials really ran on, as their runners tell. */
const deviceOf = (trials: readonly Trial[]): string =>
  trials.map(({status}) => status?.device).find((device) => device !== undefined) ?? 'unknown';

export function costsOf({search, trials}: Snapshot): Costs {
  const usage = search.status?.usage;
  return {
    gpuSeconds: (usage?.gpuMilliseconds ?? 0) / 1000,
    wastedGpuSeconds: (usage?.wastedGpuMilliseconds ?? 0) / 1000,
    ...moneyAndLimits(search),
    seconds: secondsOf(search.status?.startedAt, endOf({search, trials})),
    device: deviceOf(trials),
    parts: purposes.flatMap((purpose) => {
      const own = trials.filter((trial) => trial.spec.purpose === purpose);
      const gpuSeconds = own.reduce((sum, trial) => sum + gpuSecondsOf(trial), 0);
      return own.length === 0 ? [] : [{purpose, trials: own.length, gpuSeconds}];
    }),
  };
}

/** Money is told of searches that know a price. */
function moneyAndLimits({spec, status}: Snapshot['search']): Pick<Costs, 'limitGpuSeconds' | 'money' | 'limitMoney'> {
  const {gpuHours, cost} = spec.limits;
  const priced = spec.template.pricePerGpuHour !== undefined;
  return {
    ...(gpuHours === undefined ? {} : {limitGpuSeconds: gpuHours * 3600}),
    ...(priced ? {money: (status?.usage?.microDollars ?? 0) / 1_000_000} : {}),
    ...(cost === undefined ? {} : {limitMoney: fromMoney(cost) / 1_000_000}),
  };
}

/** The end of the search, or of its last trial while it is under way. */
function endOf({search, trials}: Snapshot): string | undefined {
  if (search.status?.finishedAt !== undefined) return search.status.finishedAt;
  return trials
    .map(({status}) => status?.finishedAt ?? '')
    .filter((time) => time !== '')
    .toSorted()
    .at(-1);
}

const secondsOf = (start: string | undefined, end: string | undefined): number =>
  start === undefined || end === undefined ? 0 : (parseTimestamp(end) - parseTimestamp(start)) / 1000;

/** Trial → what all trials together had spent when it ended, itself included. A trial that has not ended is not in it. */
export function spentAt({search, trials}: Snapshot): ReadonlyMap<string, Spent> {
  const start = search.status?.startedAt;
  const ended = trials.flatMap((trial) => {
    const end = trial.status?.finishedAt;
    return end === undefined ? [] : [{trial, end}];
  });
  const spent = new Map<string, Spent>();
  let [gpuSeconds, money] = [0, 0];
  for (const {trial, end} of ended.toSorted((a, b) => (a.end < b.end ? -1 : a.end > b.end ? 1 : 0))) {
    gpuSeconds += gpuSecondsOf(trial);
    money += moneyOf(trial);
    spent.set(trial.metadata.name, {gpuSeconds, money, seconds: secondsOf(start, end)});
  }
  return spent;
}
