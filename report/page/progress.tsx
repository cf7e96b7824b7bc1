import type {Ancestor} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {measuredFigure, metricWords, plural} from '../wording.ts';
import {CurvesChart} from './curves-chart.tsx';
import {LineageChart} from './lineage-chart.tsx';
import {ProgressChart} from './progress-chart.tsx';

export const Progress = ({data}: {readonly data: PageData}) => (
  <>
    <ProgressChart data={data} />
    <div class="columns">
      <CurvesChart data={data} />
      <LineageChart data={data} />
    </div>
    <Lineage data={data} />
  </>
);

/** Of a long line of ancestors the last ones are shown at once. */
const shownAncestors = 10;

/** How the winner came about, step by step. */
function Lineage({data: {ancestry, objectives}}: {readonly data: PageData}) {
  const metric = objectives[0]?.metric ?? '';
  if (ancestry.length === 0) return null;
  const earlier = ancestry.slice(0, -shownAncestors);
  return (
    <>
      <h3>Where the winner came from</h3>
      {earlier.length > 0 && (
        <details>
          <summary>{plural(earlier.length, 'earlier ancestor')}</summary>
          <Ancestors line={earlier} from={1} metric={metric} />
        </details>
      )}
      <Ancestors line={ancestry.slice(-shownAncestors)} from={earlier.length + 1} metric={metric} />
    </>
  );
}

interface AncestorsProps {
  readonly line: readonly Ancestor[];
  readonly from: number;
  readonly metric: string;
}

const Ancestors = ({line, from, metric}: AncestorsProps) => (
  <ol class="ancestry" start={from}>
    {line.map(({trial, why, value}) => (
      <li key={trial}>
        <b>{trial}</b> {why}
        {value === undefined ? '' : ` · ${metricWords(metric)} ${measuredFigure(metric, value)}`}
      </li>
    ))}
  </ol>
);
