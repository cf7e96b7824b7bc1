import * as Plot from '@observablehq/plot';
import {useMemo, useState} from 'preact/hooks';
import type {Spent, TrialRow} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {figure, metricWords, plural} from '../wording.ts';
import {Chart} from './chart.tsx';
import {colours} from './colours.ts';
import {focus} from './focus.ts';
import {Key} from './found.tsx';

type Axis = keyof Spent;

interface AxisRow {
  readonly label: string;
  readonly unit: (largest: number) => {readonly name: string; readonly size: number};
}

const time = (names: readonly [string, string, string]) => (largest: number) =>
  largest < 180
    ? {name: names[0], size: 1}
    : largest < 10_800
      ? {name: names[1], size: 60}
      : {name: names[2], size: 3600};

/** What progress can be told against. */
const axes: Readonly<Record<Axis, AxisRow>> = {
  gpuSeconds: {label: 'GPU time', unit: time(['GPU-seconds', 'GPU-minutes', 'GPU-hours'])},
  seconds: {label: 'time', unit: time(['seconds', 'minutes', 'hours'])},
  money: {label: 'money', unit: () => ({name: 'money', size: 1})},
};

interface Step {
  readonly purpose: string;
  readonly x: number;
  readonly best: number;
}

/** Best so far of each purpose, as a staircase that ends at what was spent in all. */
function staircase(
  rows: readonly TrialRow[],
  at: {readonly metric: string; readonly goal: string; readonly axis: Axis},
): Step[] {
  const end = Math.max(...rows.map(({spent}) => spent?.[at.axis] ?? 0));
  return ['Candidate', 'Baseline'].flatMap((purpose) => {
    const own = rows
      .filter((row) => row.purpose === purpose && row.feasible)
      .toSorted((a, b) => (a.spent?.[at.axis] ?? 0) - (b.spent?.[at.axis] ?? 0));
    const steps: Step[] = [];
    for (const {values, spent} of own) {
      const value = values[at.metric] ?? 0;
      const before = steps.at(-1)?.best;
      const better = before === undefined || (at.goal === 'Maximize' ? value > before : value < before);
      if (better) steps.push({purpose, x: spent?.[at.axis] ?? 0, best: value});
    }
    const last = steps.at(-1);
    return last === undefined ? [] : [...steps, {...last, x: end}];
  });
}

export function ProgressChart({data}: {readonly data: PageData}) {
  const [axis, setAxis] = useState<Axis>('gpuSeconds');
  const {metric, goal} = data.objectives[0] ?? {metric: '', goal: 'Maximize' as const};
  const words = metricWords(metric);
  const {build, outside, steps} = useMemo(() => draw(data, axis), [data, axis]);
  const best = steps.findLast(({purpose}) => purpose === 'Candidate');
  const offered = (['gpuSeconds', 'seconds', 'money'] as const).filter(
    (name) => name !== 'money' || data.costs.money !== undefined,
  );
  return (
    <Chart
      title={`Progress: validation ${words} against ${axes[axis].label} spent`}
      description={`Best candidate so far: ${steps
        .filter(({purpose}) => purpose === 'Candidate')
        .slice(-8)
        .map((step) => figure(step.best))
        .join(', ')}. It ended at ${figure(best?.best)}; ${goal === 'Maximize' ? 'more' : 'less'} is better.`}
      height={320}
      build={build}
    >
      <div class="note">
        <Key colour="candidate" /> candidates and the best so far, <Key colour="baseline" /> tunings of the baseline.{' '}
        {outside > 0 ? `${plural(outside, 'trial')} far off ${outside === 1 ? 'is' : 'are'} not shown. ` : ''}
        <fieldset class="inline">
          <legend>Against</legend>
          {offered.map((name) => (
            <label key={name}>
              <input
                type="radio"
                name="progress-axis"
                checked={axis === name}
                onChange={() => {
                  setAxis(name);
                }}
              />{' '}
              {axes[name].label}
            </label>
          ))}
        </fieldset>
      </div>
    </Chart>
  );
}

function draw(data: PageData, axis: Axis) {
  const {metric, goal} = data.objectives[0] ?? {metric: '', goal: 'Maximize' as const};
  const rows = data.trials.filter(
    ({purpose, spent, values}) =>
      ['Candidate', 'Baseline'].includes(purpose) && spent !== undefined && values[metric] !== undefined,
  );
  const steps = staircase(rows, {metric, goal, axis});
  const {domain, outside} = focus(
    rows.map(({values}) => values[metric] ?? 0),
    goal,
  );
  const unit = axes[axis].unit(Math.max(0, ...rows.map(({spent}) => spent?.[axis] ?? 0)));
  const inside = rows.filter(({values}) => (values[metric] ?? 0) >= domain[0] && (values[metric] ?? 0) <= domain[1]);
  const build = (width: number) => ({
    marginLeft: 52,
    marginRight: 20,
    x: {label: `${unit.name} spent in all →`, zero: true, grid: true, ticks: width / 90},
    y: {label: `↑ ${metricWords(metric)}`, domain, grid: true},
    marks: [
      Plot.dot(inside, {
        x: ({spent}: TrialRow) => (spent?.[axis] ?? 0) / unit.size,
        y: ({values}: TrialRow) => values[metric],
        fill: ({purpose}: TrialRow) => colours.purposes[purpose],
        fillOpacity: 0.55,
        r: inside.length > 500 ? 2 : 3.5,
        title: ({name, values, why}: TrialRow) => `${name}: ${figure(values[metric])}\n${why}`,
        tip: true,
      }),
      Plot.line(steps, {
        x: ({x}: Step) => x / unit.size,
        y: 'best',
        z: 'purpose',
        stroke: ({purpose}: Step) => colours.purposes[purpose],
        strokeWidth: 2,
        curve: 'step-after',
        clip: true,
      }),
    ],
  });
  return {build, outside, steps};
}
