import * as Plot from '@observablehq/plot';
import {useMemo} from 'preact/hooks';
import type {PageData} from '../drawing/drawing.ts';
import {figure, metricWords, plural} from '../wording.ts';
import {Chart} from './chart.tsx';
import {colours} from './colours.ts';
import {focus} from './focus.ts';
import {Key} from './found.tsx';

interface CurvePoint {
  readonly trial: string;
  readonly epoch: number;
  readonly value: number;
  readonly part: Part;
}
type Part = 'winner' | 'baseline' | 'other';

const strokes: Readonly<
  Record<Part, {readonly stroke: string; readonly strokeOpacity: number; readonly strokeWidth: number}>
> = {
  other: {stroke: colours.candidate, strokeOpacity: 0.3, strokeWidth: 1},
  baseline: {stroke: colours.baseline, strokeOpacity: 1, strokeWidth: 2.5},
  winner: {stroke: colours.winner, strokeOpacity: 1, strokeWidth: 2.5},
};

export function CurvesChart({data}: {readonly data: PageData}) {
  const {metric, goal} = data.objectives[0] ?? {metric: '', goal: 'Maximize' as const};
  const words = metricWords(metric);
  const build = useMemo(() => {
    const points = pointsOf(data);
    // early epochs may start anywhere: what counts is where curves get to
    const ends = data.curves.flatMap(({points: all}) =>
      all.slice(Math.floor(all.length / 3)).map(([, value]) => value),
    );
    const {domain} = focus(ends, goal);
    return () => ({
      marginLeft: 52,
      marginRight: 20,
      x: {label: 'epoch →', grid: true, ticks: 6, tickFormat: 'd'},
      y: {label: `↑ ${words}`, domain, grid: true},
      marks: [
        ...(['other', 'baseline', 'winner'] as const).map((part) =>
          Plot.line(
            points.filter((point) => point.part === part),
            {x: 'epoch', y: 'value', z: 'trial', clip: true, ...strokes[part]},
          ),
        ),
        Plot.tip(
          points.filter(({value}) => value >= domain[0] && value <= domain[1]),
          Plot.pointer({
            x: 'epoch',
            y: 'value',
            title: ({trial, epoch, value}: CurvePoint) => `${trial}, epoch ${String(epoch)}: ${figure(value)}`,
          }),
        ),
      ],
    });
  }, [data, goal, words]);
  const all = data.trials.filter(
    ({purpose, epochs}) => ['Candidate', 'Baseline'].includes(purpose) && epochs > 0,
  ).length;
  if (data.curves.length === 0) return <p>No learning curve was recorded.</p>;
  return (
    <Chart
      title={`Learning curves: validation ${words} by epoch`}
      description={`Learning curves of ${String(data.curves.length)} trials; the best values are in the table of trials.`}
      height={300}
      build={build}
    >
      <p class="note">
        <Key colour="winner" /> winner, <Key colour="baseline" /> best tuning of the baseline,{' '}
        <Key colour="candidate" /> others
        {data.curves.length < all
          ? ` (the best, and an even choice: ${plural(data.curves.length, 'curve')} of ${figure(all)})`
          : ''}
        .
      </p>
    </Chart>
  );
}

function pointsOf({curves, verdict}: PageData): CurvePoint[] {
  const parts = new Map<string | undefined, Part>([
    [verdict.winner?.trial, 'winner'],
    [verdict.baseline?.trial, 'baseline'],
  ]);
  return curves.flatMap(({trial, points}) =>
    points.map(([epoch, value]) => ({trial, epoch, value, part: parts.get(trial) ?? 'other'})),
  );
}
