import cliTruncate from 'cli-truncate';
import sparkly from 'sparkly';
import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {objectivesOf} from '../api/problem.ts';
import type {Instant} from '../api/quantities.ts';
import {isFinished} from '../api/trial.ts';
import type {Trial} from '../api/trial.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import {durationText, spentOf, standingOf} from './standing.ts';
import type {Standing} from './standing.ts';
import {figure} from './summary.ts';

export type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
/** Gives a text a style, or leaves it where there are no colors. */
export type Paint = (style: Style, text: string) => string;

/** What a frame is drawn for. */
export interface Canvas {
  readonly columns: number;
  readonly rows: number;
  readonly now: Instant;
  readonly paint: Paint;
}

/** The lines of a view of a running search, none wider than the terminal, fewer than it has rows. */
export function frameOf(snapshot: Snapshot, canvas: Canvas): readonly string[] {
  const standing = standingOf(snapshot, canvas.now);
  const around = [
    headLine(snapshot, standing, canvas),
    row('best', bestText(snapshot, canvas), canvas),
    row('done', doneText(snapshot, standing), canvas),
    row('spent', spentText(snapshot), canvas),
  ];
  const [head = '', ...others] = around;
  const running = runningLines(snapshot, canvas, Math.max(1, canvas.rows - around.length - 1));
  // the last column stays free: a terminal may break the line when it is written
  return [head, ...others, ...running].map((line) => cliTruncate(line, Math.max(1, canvas.columns - 1)));
}

const row = (label: string, text: string, {paint}: Canvas): string => `  ${paint('dim', label.padEnd(8))}${text}`;

const widestBar = 40;
const narrowestBar = 8;

function headLine({search}: Snapshot, {fraction, secondsLeft}: Standing, {columns, paint}: Canvas): string {
  const stage = search.status?.conditions?.find(({type}) => type === 'Progressing')?.reason ?? 'Pending';
  const name = `${search.metadata.name} ${stage}`;
  const percent = fraction === undefined ? '' : ` ${String(Math.floor(fraction * 100))}%`;
  const left = secondsLeft === undefined ? '' : `, ${durationText(secondsLeft)} left`;
  const room = columns - 1 - name.length - 1 - percent.length - left.length;
  const bar =
    room < narrowestBar || fraction === undefined ? '' : ` ${barOf(fraction, Math.min(widestBar, room), paint)}`;
  return `${paint('bold', name)}${bar}${percent}${left}`;
}

function barOf(fraction: number, width: number, paint: Paint): string {
  const filled = Math.round(fraction * width);
  return paint('cyan', '█'.repeat(filled)) + paint('dim', '░'.repeat(width - filled));
}

function bestText({search}: Snapshot, canvas: Canvas): string {
  const [{metric, goal}] = objectivesOf(search.spec);
  const {best, baseline} = search.status ?? {};
  const [ours, theirs] = [best?.values[metric], baseline?.values[metric]];
  const against = theirs === undefined ? '' : `, baseline ${figure(theirs)}`;
  if (best === undefined || ours === undefined) return `none yet${against}`;
  const found = `${metric} ${figure(ours)} (${shortName(best.trial, search.metadata.name)})${against}`;
  return theirs === undefined ? found : `${found}, ${gapText(ours - theirs, goal, canvas)}`;
}

function gapText(gap: number, goal: 'Maximize' | 'Minimize', {paint}: Canvas): string {
  const ahead = goal === 'Maximize' ? gap > 0 : gap < 0;
  return paint(ahead ? 'green' : 'yellow', `${gap >= 0 ? '+' : ''}${figure(gap)}`);
}

/** `digits-c12` → `c12`. */
export const shortName = (trial: string, search: string): string =>
  trial.startsWith(`${search}-`) ? trial.slice(search.length + 1) : trial;

function doneText({search}: Snapshot, {parts}: Standing): string {
  const counted = parts
    .filter(({planned, done}) => (planned ?? 1) > 0 || done > 0)
    .map(
      ({purpose, done, planned}) =>
        `${partNames[purpose]} ${String(done)}${planned === undefined ? '' : `/${String(planned)}`}`,
    );
  const {failed = 0, stopped = 0} = search.status?.trials ?? {};
  return [
    ...counted,
    ...(failed > 0 ? [`${String(failed)} failed`] : []),
    ...(stopped > 0 ? [`${String(stopped)} stopped early`] : []),
  ].join(', ');
}

const partNames = {Preflight: 'preflight', Baseline: 'baseline', Candidate: 'candidates', Final: 'final'} as const;

function spentText(snapshot: Snapshot): string {
  const held = snapshot.search.status?.usage?.reservedGpuMilliseconds ?? 0;
  return spentOf(snapshot) + (held === 0 ? '' : `, ${(held / 3_600_000).toFixed(4)} held for what runs`);
}

function runningLines(snapshot: Snapshot, canvas: Canvas, most: number): readonly string[] {
  const running = snapshot.trials.filter((trial) => trial.status?.phase === 'Running' && !isFinished(trial));
  const shown = running.length > most ? running.slice(0, most - 1) : running;
  const rest = running.length - shown.length;
  const lines = shown.map((trial) =>
    row(shortName(trial.metadata.name, snapshot.search.metadata.name), trialText(snapshot, trial), canvas),
  );
  return rest === 0 ? lines : [...lines, row('', `and ${String(rest)} more`, canvas)];
}

const sparklineWidth = 16;

function trialText(snapshot: Snapshot, {metadata, spec}: Trial): string {
  if (spec.score !== undefined) return 'scoring on the test split';
  const [{metric}] = objectivesOf(snapshot.search.spec);
  const points: readonly CurvePoint[] | undefined = snapshot.curves?.get(metadata.name);
  if (points === undefined) return 'ending';
  const last = points.at(-1);
  const epoch = `epoch ${String(last?.epoch ?? 0).padStart(String(spec.epochs).length)}/${String(spec.epochs)}`;
  if (last === undefined) return `${epoch} starting`;
  const curve = thinned(points.flatMap(({values}) => values[metric] ?? []));
  return `${epoch} ${sparkly(curve).padEnd(Math.min(sparklineWidth, spec.epochs))} ${metric} ${figure(last.values[metric])}`;
}

/** The whole curve in as many points as fit, first and last among them. */
function thinned(curve: readonly number[]): number[] {
  if (curve.length <= sparklineWidth) return [...curve];
  const step = (curve.length - 1) / (sparklineWidth - 1);
  return Array.from({length: sparklineWidth}, (_, at) => curve[Math.round(at * step)] ?? 0);
}
