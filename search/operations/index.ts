import {avgPool} from './avg-pool.ts';
import {none} from './none.ts';
import {norConv} from './nor-conv.ts';
import type {CellOperation} from './operation.ts';
import {skipConnect} from './skip-connect.ts';

/** The operations that cells are made of, by the names that the field gives them. */
export const operations = {
  none,
  skip_connect: skipConnect,
  nor_conv_1x1: norConv(1),
  nor_conv_3x3: norConv(3),
  avg_pool_3x3: avgPool(3),
} as const satisfies Readonly<Record<string, CellOperation>>;

export type OperationName = keyof typeof operations;
