import {clearScreenDown, cursorTo, moveCursor} from 'node:readline';
import {stripVTControlCharacters, styleText} from 'node:util';
import type {WriteStream} from 'node:tty';
import {createLogUpdate} from 'log-update';
import {objectivesOf} from '../api/problem.ts';
import type {Instant} from '../api/quantities.ts';
import type {Snapshot} from '../operator/local/snapshot.ts';
import {frameOf, shortName} from './live-frame.ts';
import type {Paint} from './live-frame.ts';
import {Chronicle} from './news.ts';
import type {News} from './news.ts';
import {figure} from './summary.ts';

/** A view at the foot of the terminal that is drawn anew at every change; failures and new bests stay above it as they come. */
export class LiveView {
  readonly #stream: WriteStream;
  readonly #now: () => Instant;
  readonly #draw: ReturnType<typeof createLogUpdate>;
  readonly #chronicle = new Chronicle();
  readonly #paint: Paint;
  #snapshot: Snapshot | undefined;
  #lines: readonly string[] = [];
  /** Of the terminal when the frame was drawn. */
  #columns: number;

  constructor(stream: WriteStream, now: () => Instant) {
    this.#stream = stream;
    this.#now = now;
    this.#draw = createLogUpdate(stream);
    this.#columns = stream.columns;
    this.#paint = (style, text) => styleText(style, text, {stream});
    stream.on('resize', this.#redraw);
  }

  show(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const news of this.#chronicle.since(snapshot)) {
      const line = newsLine(news, snapshot, this.#paint);
      if (line !== undefined) this.say(line);
    }
    this.#redraw();
  }

  say(text: string): void {
    this.#mendResized();
    this.#draw.persist(text);
    this.#lines = [];
    this.#redraw();
  }

  close(): void {
    this.#stream.off('resize', this.#redraw);
    this.#draw.clear();
    this.#draw.done();
  }

  readonly #redraw = (): void => {
    if (this.#snapshot === undefined) return;
    this.#mendResized();
    const [columns, rows] = this.#stream.getWindowSize();
    this.#lines = frameOf(this.#snapshot, {columns, rows, now: this.#now(), paint: this.#paint});
    this.#draw(this.#lines.join('\n'));
  };

  /**
   * A terminal that got narrower breaks the lines that no longer fit, so that the old frame covers more rows than were drawn. The terminal
   * is asked at every write: its size changes before the process is told.
   */
  #mendResized(): void {
    const [columns] = this.#stream.getWindowSize();
    if (columns === this.#columns) return;
    this.#columns = columns;
    const broken = this.#lines
      .map((line) => Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns)) - 1)
      .reduce((sum, extra) => sum + extra, 0);
    this.#lines = [];
    this.#draw.clear();
    moveCursor(this.#stream, 0, -broken);
    cursorTo(this.#stream, 0);
    clearScreenDown(this.#stream);
  }
}

/** Trials that succeed are in the counts of the view. */
function newsLine(news: News, {search}: Snapshot, paint: Paint): string | undefined {
  switch (news.kind) {
    case 'resumed':
      return `an earlier run goes on, with ${String(news.trials)} trials done`;
    case 'stage':
      return paint('dim', `${news.reason}: ${news.message}`);
    case 'ended': {
      const {phase, reason = '', message = ''} = news.trial.status ?? {};
      return phase === 'Failed' ? paint('red', `${news.trial.metadata.name} failed, ${reason}: ${message}`) : undefined;
    }
    case 'best': {
      const [{metric}] = objectivesOf(search.spec);
      const {trial, values, description} = news.best;
      const words = description === undefined ? '' : `: ${description}`;
      return `${paint('green', `new best ${shortName(trial, search.metadata.name)}`)} ${metric} ${figure(values[metric])}${words}`;
    }
  }
}
