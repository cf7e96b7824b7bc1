import * as Plot from '@observablehq/plot';
import {useMemo} from 'preact/hooks';
import type {TrialRow} from '../data/model.ts';
import type {DrawnNetwork, PageData} from '../drawing/drawing.ts';
import {count, figure, measuredFigure, metricWords, plural} from '../wording.ts';
import {Chart} from './chart.tsx';
import {colours} from './colours.ts';
import {CellPicture, NetworkPicture} from './graph.tsx';
import {focus} from './focus.ts';

export const Found = ({data}: {readonly data: PageData}) => (
  <>
    {data.networks.length === 0 && <p>No trial has a result yet, so there is no architecture to show.</p>}
    <div class="columns">
      {data.networks.map((network) => (
        <Architecture key={network.role} network={network} />
      ))}
    </div>
    {data.objectives.length > 1 && <Front data={data} />}
  </>
);

function Architecture({network}: {readonly network: DrawnNetwork}) {
  const {role, title, trial, description, layers, parameters, flops, cellDrawings} = network;
  return (
    <article class="card">
      <h3>
        {role}: {title} <span class="muted">{trial}</span>
      </h3>
      <p class="note">
        {count(parameters)} parameters, {count(flops)} multiply-adds (FLOPs), {plural(layers.length, 'layer')}
        {description === title ? '' : `; ${description}`}
      </p>
      {cellDrawings.map(({name, drawing}) => (
        <CellPicture key={name} name={name} owner={role} drawing={drawing} />
      ))}
      <NetworkPicture network={network} />
      <details>
        <summary>Layers as a table</summary>
        <Layers network={network} />
      </details>
      <details>
        <summary>The architecture as data</summary>
        <pre tabIndex={0}>{network.genotype}</pre>
      </details>
    </article>
  );
}

const Layers = ({network: {layers, role}}: {readonly network: DrawnNetwork}) => (
  <div class="scroll" role="region" aria-label={`Layers of the ${role.toLowerCase()}`} tabIndex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">Layer</th>
          <th scope="col">Does</th>
          <th scope="col">Output</th>
          <th scope="col">Parameters</th>
          <th scope="col">FLOPs</th>
        </tr>
      </thead>
      <tbody>
        {layers.map(({name, label, shape, parameters, flops}) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{label}</td>
            <td>{shape.join(' × ')}</td>
            <td class="number">{figure(parameters)}</td>
            <td class="number">{figure(flops)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

/** Candidates by their first two objectives, those that no other beats in both joined by a line. */
function Front({data}: {readonly data: PageData}) {
  const [first, second] = data.objectives.map(({metric}) => metric);
  const onFront = useMemo(() => {
    const names = new Set(data.front);
    return data.trials.filter(({name}) => names.has(name));
  }, [data]);
  if (first === undefined || second === undefined) return null;
  return (
    <div class="columns">
      <FrontChart data={data} metrics={{first, second}} onFront={onFront} />
      <div class="scroll" role="region" aria-label="The front in numbers" tabIndex={0}>
        <table>
          <caption>{plural(data.front.length, 'candidate')} that no other beats in every objective</caption>
          <thead>
            <tr>
              <th scope="col">Trial</th>
              {data.objectives.map(({metric}) => (
                <th key={metric} scope="col">
                  {metricWords(metric)}
                </th>
              ))}
              <th scope="col">Architecture</th>
            </tr>
          </thead>
          <tbody>
            {data.front.map((name) => (
              <FrontRow
                key={name}
                row={onFront.find((row) => row.name === name)}
                metrics={data.objectives.map(({metric}) => metric)}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

const FrontRow = ({row, metrics}: {readonly row: TrialRow | undefined; readonly metrics: readonly string[]}) =>
  row === undefined ? null : (
    <tr>
      <th scope="row">{row.name}</th>
      {metrics.map((metric) => (
        <td key={metric} class="number">
          {measuredFigure(metric, row.values[metric])}
        </td>
      ))}
      <td class="architecture">
        <span class="clamp">{row.architecture}</span>
      </td>
    </tr>
  );

interface FrontChartProps {
  readonly data: PageData;
  readonly metrics: {readonly first: string; readonly second: string};
  readonly onFront: readonly TrialRow[];
}

function FrontChart({data, metrics: {first, second}, onFront}: FrontChartProps) {
  const drawn = useMemo(() => {
    const shown = data.trials.filter(
      ({purpose, values}) =>
        ['Candidate', 'Baseline'].includes(purpose) && values[first] !== undefined && values[second] !== undefined,
    );
    const {domain, outside} = focus(
      shown.map(({values}) => values[first] ?? 0),
      data.objectives[0]?.goal ?? 'Maximize',
    );
    const inside = shown.filter(({values}) => (values[first] ?? 0) >= domain[0] && (values[first] ?? 0) <= domain[1]);
    const x = ({values}: TrialRow): number | undefined => values[second];
    const y = ({values}: TrialRow): number | undefined => values[first];
    const limit = nearLimit(
      data.objectives[1]?.limit,
      inside.map(({values}) => values[second] ?? 0),
    );
    const build = (width: number) => ({
      marginLeft: 52,
      marginRight: 20,
      x: {label: `${metricWords(second)} →`, tickFormat: count, grid: true, ticks: width / 90},
      y: {label: `↑ ${metricWords(first)}`, domain, grid: true},
      marks: [
        ...(limit === undefined ? [] : [Plot.ruleX([limit], {stroke: colours.muted, strokeDasharray: '4 3'})]),
        Plot.line(onFront, {x, y, stroke: colours.winner, curve: 'step-after' as const, sort: x}),
        Plot.dot(inside, {
          x,
          y,
          stroke: ({purpose}: TrialRow) => colours.purposes[purpose],
          fill: ({purpose}: TrialRow) => colours.purposes[purpose],
          fillOpacity: 0.35,
          title: ({name, values, architecture}: TrialRow) =>
            `${name}: ${figure(values[first])} at ${figure(values[second])}\n${architecture}`,
          tip: true,
        }),
        Plot.dot(onFront, {x, y, r: 5, stroke: colours.winner, strokeWidth: 2}),
      ],
    });
    return {build, outside, limit};
  }, [data, first, second, onFront]);
  return (
    <Chart
      title={`${metricWords(first)} (validation) against ${metricWords(second)}`}
      description={`The front: ${onFront.map(({name, values}) => `${name} ${figure(values[first])} at ${figure(values[second])}`).join('; ')}.`}
      height={340}
      build={drawn.build}
    >
      <p class="note">
        <Key colour="candidate" /> candidates, <Key colour="baseline" /> tunings of the baseline,{' '}
        <Key colour="winner" /> the front{drawn.limit === undefined ? '' : ', dashed the limit'}.
        {drawn.outside > 0
          ? ` ${plural(drawn.outside, 'trial')} far off ${drawn.outside === 1 ? 'is' : 'are'} not shown.`
          : ''}
      </p>
    </Chart>
  );
}

/** A limit that is far from every trial is left out, so that it does not press them together. */
const nearLimit = (limit: number | undefined, values: readonly number[]): number | undefined =>
  limit !== undefined && values.some((value) => value > limit / 2) ? limit : undefined;

export const Key = ({colour}: {readonly colour: 'candidate' | 'baseline' | 'winner'}) => (
  <span class="key" style={{background: colours[colour]}} aria-hidden="true" />
);
