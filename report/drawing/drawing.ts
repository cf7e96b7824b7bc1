import type {NetworkData, ReportData} from '../data/model.ts';

export type Point = readonly [x: number, y: number];

export interface DrawnNode {
  readonly id: string;
  readonly label: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface DrawnEdge {
  readonly points: readonly Point[];
  readonly label?: {readonly text: string; readonly x: number; readonly y: number};
}

/** A graph with all places decided, in pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly DrawnNode[];
  readonly edges: readonly DrawnEdge[];
}

export interface DrawnNetwork extends NetworkData {
  readonly drawing: Drawing;
  readonly cellDrawings: readonly {readonly name: string; readonly drawing: Drawing}[];
}

/** What the page reads: the report's data, with the networks laid out. */
export interface PageData extends Omit<ReportData, 'networks'> {
  readonly networks: readonly DrawnNetwork[];
}
