import * as Plot from '@observablehq/plot';
import {useMemo} from 'preact/hooks';
import type {TrialRow} from '../data/model.ts';
import type {PageData} from '../drawing/drawing.ts';
import {figure, metricWords, plural} from '../wording.ts';
import {Chart} from './chart.tsx';
import {colours} from './colours.ts';
import {focus} from './focus.ts';
import {Key} from './found.tsx';

interface Link {
  readonly parent: TrialRow;
  readonly child: TrialRow;
}

/** Every candidate in the order in which it was proposed, with a line from the one that it was derived from. */
export function LineageChart({data}: {readonly data: PageData}) {
  const {metric, goal} = data.objectives[0] ?? {metric: '', goal: 'Maximize' as const};
  const words = metricWords(metric);
  const {build, derived, candidates} = useMemo(() => {
    const rows = data.trials.filter(({purpose, values}) => purpose === 'Candidate' && values[metric] !== undefined);
    const byName = new Map(rows.map((row) => [row.name, row]));
    const links = rows.flatMap((child): Link[] => {
      const parent = byName.get(child.parent ?? '');
      return parent === undefined ? [] : [{parent, child}];
    });
    const line = new Set(data.ancestry.map(({trial}) => trial));
    return {build: drawing({rows, links, line, metric, goal}), derived: links.length, candidates: rows.length};
  }, [data, metric, goal]);
  if (candidates === 0) return null;
  return (
    <Chart
      title={`Where candidates came from: validation ${words} in the order of proposals`}
      description={`${String(candidates)} candidates, ${String(derived)} of them derived from an earlier one. The table of trials names each one's origin.`}
      height={300}
      build={build}
    >
      <p class="note">
        {derived === 0
          ? 'No candidate was derived from another: each was drawn on its own.'
          : `A line leads from a candidate to each one derived from it (${plural(derived, 'line')}).`}{' '}
        <Key colour="winner" /> the winner and its ancestors.
      </p>
    </Chart>
  );
}

interface LineageDrawing {
  readonly rows: readonly TrialRow[];
  readonly links: readonly Link[];
  readonly line: ReadonlySet<string>;
  readonly metric: string;
  readonly goal: 'Maximize' | 'Minimize';
}

function drawing({rows, links, line, metric, goal}: LineageDrawing) {
  const value = ({values}: TrialRow): number => values[metric] ?? 0;
  const {domain} = focus(rows.map(value), goal);
  const inside = rows.filter((row) => value(row) >= domain[0] && value(row) <= domain[1]);
  const many = rows.length > 500;
  const ends = {
    x1: ({parent}: Link) => parent.index,
    y1: ({parent}: Link) => value(parent),
    x2: ({child}: Link) => child.index,
    y2: ({child}: Link) => value(child),
    clip: true,
  };
  return (width: number) => ({
    marginLeft: 52,
    marginRight: 20,
    x: {label: 'candidate →', grid: true, ticks: width / 90, tickFormat: 'd'},
    y: {label: `↑ ${metricWords(metric)}`, domain, grid: true},
    marks: [
      Plot.link(links, {...ends, stroke: colours.candidate, strokeOpacity: many ? 0.12 : 0.35}),
      Plot.link(
        links.filter(({parent, child}) => line.has(parent.name) && line.has(child.name)),
        {...ends, stroke: colours.winner, strokeWidth: 2},
      ),
      Plot.dot(inside, {
        x: 'index',
        y: value,
        r: many ? 2 : 3.5,
        fill: ({name}: TrialRow) => (line.has(name) ? colours.winner : colours.candidate),
        title: (row: TrialRow) => `${row.name}: ${figure(value(row))}\n${row.why}`,
        tip: true,
      }),
    ],
  });
}
