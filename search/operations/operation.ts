import type {NetworkBuilder} from '../network-builder.ts';

/** Where an operation is put: how many channels it must give, and by how much it halves the sides. */
export interface Place {
  readonly channels: number;
  readonly strides: number;
}

/** An operation of a cell: appends its layers behind `input` and returns the name of its output. */
export type CellOperation = (network: NetworkBuilder, input: string, place: Place) => string;
