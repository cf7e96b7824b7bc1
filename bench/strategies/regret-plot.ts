import {writeFileSync} from 'node:fs';
import * as Plot from '@observablehq/plot';
import {parseHTML} from 'linkedom';
import {cellWorld} from '../../search/simulation/cells.ts';
import {summarizeRuns} from '../../search/simulation/summary.ts';
import type {Run} from '../../search/simulation/simulate.ts';
import {readCells, reportIs} from './cells.ts';

interface Point {
  readonly strategy: string;
  readonly spent: number;
  readonly regret: number;
}

function pointsOf(runs: ReadonlyMap<string, readonly Run[]>): Point[] {
  const world = cellWorld(readCells(), 'arch', 'Maximize');
  return [...runs].flatMap(([strategy, own]) =>
    summarizeRuns(world, own).regretByCost.map(([spent, regret]) => ({strategy, spent, regret})),
  );
}

/** Labels closer together than this, as a ratio on the logarithmic axis, would cover each other. */
const apart = 1.18;

/** Where each line ends, moved up where the label of another one is. */
function labelsOf(points: readonly Point[]): Point[] {
  const ends = new Map(points.map((point) => [point.strategy, point]));
  const labels: Point[] = [];
  for (const end of [...ends.values()].sort((a, b) => a.regret - b.regret))
    labels.push({...end, regret: Math.max(end.regret, (labels.at(-1)?.regret ?? 0) * apart)});
  return labels;
}

/** Draws the mean regret on NAS-Bench-201 against what was spent, one line per strategy, into an SVG file. */
export function plotRegret(file: string, runs: ReadonlyMap<string, readonly Run[]>): void {
  // There are no types of a browser here, and none are needed: the plot is text in the end.
  const {document} = parseHTML('<html><body></body></html>') as unknown as {readonly document: never};
  const points = pointsOf(runs);
  const options: Plot.PlotOptions = {
    document,
    width: 760,
    height: 440,
    marginLeft: 60,
    marginRight: 150,
    style: {background: 'white', fontFamily: 'sans-serif'},
    x: {label: 'simulated GPU-seconds spent'},
    y: {type: 'log', label: `points below the best cell (${reportIs})`, grid: true, tickFormat: '~g'},
    color: {scheme: 'Observable10'},
    marks: [
      Plot.lineY(points, {x: 'spent', y: 'regret', stroke: 'strategy', strokeWidth: 1.8}),
      Plot.text(labelsOf(points), {
        x: 'spent',
        y: 'regret',
        text: 'strategy',
        fill: 'strategy',
        textAnchor: 'start',
        dx: 6,
      }),
    ],
  };
  const svg = Plot.plot(options) as unknown as {readonly outerHTML: string};
  writeFileSync(file, `${svg.outerHTML.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')}\n`);
}
