import type {PageData} from '../drawing/drawing.ts';
import {figure, metricWords} from '../wording.ts';
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
    <Ancestry data={data} />
  </>
);

/** How the winner came about, step by step. */
function Ancestry({data: {ancestry, objectives}}: {readonly data: PageData}) {
  const metric = objectives[0]?.metric ?? '';
  if (ancestry.length === 0) return null;
  return (
    <>
      <h3>Where the winner came from</h3>
      <ol class="ancestry">
        {ancestry.map(({trial, why, value}) => (
          <li key={trial}>
            <b>{trial}</b> {why}
            {value === undefined ? '' : ` · ${metricWords(metric)} ${figure(value)}`}
          </li>
        ))}
      </ol>
    </>
  );
}
