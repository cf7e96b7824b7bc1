import * as Plot from '@observablehq/plot';
import {useMemo} from 'preact/hooks';
import type {Costs, Side, Verdict} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {duration, figure, gpuTime, measuredFigure, metricWords, plural, signed} from '../wording.ts';
import {Chart} from './chart.tsx';
import {colours} from './colours.ts';

const marks: Readonly<Record<Verdict['kind'], string>> = {
  WinnerBetter: '✓',
  BaselineBetter: '✗',
  NoDifference: '≈',
  NotCompared: '?',
};

export const VerdictSection = ({data: {verdict, costs, objectives}}: {readonly data: PageData}) => (
  <>
    <div class={`verdict ${verdict.kind}`}>
      <span class="mark" aria-hidden="true">
        {marks[verdict.kind]}
      </span>
      <div>
        <p class="headline">{verdict.headline}</p>
        {verdict.details.map((detail) => (
          <p key={detail}>{detail}</p>
        ))}
        <p>{costSentence(costs)}</p>
      </div>
    </div>
    <div class="columns">
      <Sides verdict={verdict} />
      <div>
        {verdict.difference !== undefined && <Difference verdict={verdict} goal={objectives[0]?.goal ?? 'Maximize'} />}
        <CostChart costs={costs} />
      </div>
    </div>
  </>
);

function costSentence({
  gpuSeconds,
  limitGpuSeconds,
  money,
  limitMoney,
  seconds,
  wastedGpuSeconds,
  device,
}: Costs): string {
  const limit = limitGpuSeconds === undefined ? '' : ` of the ${gpuTime(limitGpuSeconds)} allowed`;
  const paid =
    money === undefined
      ? ''
      : `, ${money.toFixed(2)}${limitMoney === undefined ? '' : ` of ${limitMoney.toFixed(2)}`} in money`;
  const waste = wastedGpuSeconds === 0 ? '' : ` ${gpuTime(wastedGpuSeconds)} of it brought no result.`;
  const cpu = device === 'cpu' ? ' (on a machine without a GPU, a trial counts the GPUs that it asks for)' : '';
  return `It cost ${gpuTime(gpuSeconds)}${limit}${paid}, in ${duration(seconds)} on ${device === 'cpu' ? 'CPU' : device}${cpu}.${waste}`;
}

/** Metrics of both sides, those of the test split first. */
function Sides({verdict: {winner, baseline, metric}}: {readonly verdict: Verdict}) {
  const sides = [winner, baseline].filter((side) => side !== undefined);
  if (sides.length === 0) return <p>No trial has a result.</p>;
  const rows = rowsOf(sides, metric);
  return (
    <div class="scroll" role="region" aria-label="Winner and baseline in numbers" tabIndex={0}>
      <table class="sides">
        <thead>
          <tr>
            <td />
            {sides.map(({title, trial}) => (
              <th key={title} scope="col">
                {title}
                <br />
                <span class="muted">{trial}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({label, values}) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              {values.map((value, at) => (
                <td key={sides[at]?.title} class="number">
                  {value}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const sizes: readonly string[] = ['parameters', 'flops', 'latencyMilliseconds'];

function rowsOf(sides: readonly Side[], first: string): {label: string; values: string[]}[] {
  const metricsIn = (split: 'test' | 'validation'): string[] =>
    [...new Set(sides.flatMap((side) => Object.keys(side[split] ?? {})))].toSorted(
      (a, b) => Number(b === first) - Number(a === first),
    );
  const row = (split: 'test' | 'validation', metric: string) => ({
    label: sizes.includes(metric) ? metricWords(metric) : `${split} ${metricWords(metric)}`,
    values: sides.map((side) => measuredFigure(metric, side[split]?.[metric])),
  });
  const validation = metricsIn('validation');
  return [
    ...metricsIn('test').map((metric) => row('test', metric)),
    ...validation.filter((metric) => !sizes.includes(metric)).map((metric) => row('validation', metric)),
    ...validation.filter((metric) => sizes.includes(metric)).map((metric) => row('validation', metric)),
  ];
}

/** The difference on the test split with its interval, and each seed's score below. */
function Difference({verdict, goal}: {readonly verdict: Verdict; readonly goal: Goal}) {
  const {difference, metric, baseline} = verdict;
  const words = metricWords(metric);
  const build = useMemo(() => intervalPlot(difference, goal), [difference, goal]);
  if (difference === undefined) return null;
  const {value, interval} = difference;
  return (
    <Chart
      title={`Winner minus ${baseline?.title ?? 'baseline'}: test ${words}, 95% interval`}
      description={`Difference in test ${words}: ${signed(value)}, 95% interval from ${signed(interval[0])} to ${signed(interval[1])}.`}
      height={120}
      build={build}
    >
      <Seeds verdict={verdict} />
    </Chart>
  );
}

type Goal = 'Maximize' | 'Minimize';

/** What it means to lie on the left and on the right of zero. */
const directions: Readonly<Record<Goal, readonly [string, string]>> = {
  Maximize: ['← baseline better', 'winner better →'],
  Minimize: ['← winner better', 'baseline better →'],
};

function intervalPlot(difference: Verdict['difference'], goal: Goal) {
  const {value = 0, interval: [low, high] = [0, 0]} = difference ?? {};
  const reach = Math.max(Math.abs(low), Math.abs(high)) * 1.25 || 1;
  const [left, right] = directions[goal];
  const corner = {y: 1, dy: -8, text: (text: string) => text, fill: colours.muted};
  return () => ({
    marginLeft: 12,
    marginRight: 12,
    marginBottom: 28,
    x: {
      domain: [-reach, reach],
      ticks: 5,
      label: null,
      tickFormat: (tick: number) => signed(Number(tick.toPrecision(3))),
    },
    y: {axis: null, domain: [0, 1]},
    marks: [
      Plot.ruleX([0], {stroke: colours.muted, strokeDasharray: '4 3'}),
      Plot.link([0], {
        x1: low,
        x2: high,
        y1: 0.45,
        y2: 0.45,
        stroke: colours.candidate,
        strokeWidth: 6,
        strokeLinecap: 'round',
        strokeOpacity: 0.45,
      }),
      Plot.dot([value], {x: (point: number) => point, y: 0.45, r: 7, fill: colours.candidate}),
      Plot.text([left], {...corner, x: -reach, textAnchor: 'start'}),
      Plot.text([right], {...corner, x: reach, textAnchor: 'end'}),
    ],
  });
}

/** The spread between seeds is what the interval is made of, so it is told number by number. */
function Seeds({verdict: {winner, baseline}}: {readonly verdict: Verdict}) {
  const told = [winner, baseline].filter((side) => side !== undefined && side.seeds.length > 0) as Side[];
  if (told.length === 0) return null;
  return (
    <p class="note">
      By seed: {told.map(({title, seeds}) => `${title} ${seeds.map((seed) => figure(seed)).join(', ')}`).join('; ')}.
    </p>
  );
}

function CostChart({costs}: {readonly costs: Costs}) {
  const build = useMemo(
    () => () => ({
      marginLeft: 76,
      marginRight: 64,
      marginTop: 8,
      x: {label: 'GPU-seconds', ticks: 4, grid: true},
      y: {label: null, domain: costs.parts.map(({purpose}) => purpose)},
      marks: [
        Plot.barX(costs.parts, {
          x: 'gpuSeconds',
          y: 'purpose',
          fill: (part: {purpose: string}) => colours.purposes[part.purpose],
        }),
        Plot.text(costs.parts, {
          x: 'gpuSeconds',
          y: 'purpose',
          text: ({trials}: {trials: number}) => plural(trials, 'trial'),
          textAnchor: 'start',
          dx: 5,
          fill: 'currentColor',
        }),
      ],
    }),
    [costs],
  );
  const parts = costs.parts.map(
    ({purpose, trials, gpuSeconds}) => `${purpose}: ${figure(gpuSeconds)} GPU-seconds in ${String(trials)} trials`,
  );
  return (
    <Chart
      title="What it was spent on"
      description={parts.join('; ')}
      height={58 + 28 * costs.parts.length}
      build={build}
    />
  );
}
