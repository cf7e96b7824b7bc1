/** The parts of tfjs-node's inside that compiling needs, as types; `backend.ts` hands them out. */

export type Values = Float32Array | Int32Array | Uint8Array;

/** A tensor as the native side knows it. `dtype` is TensorFlow's DataType. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** An attribute of an operation; `type` is TF_AttrType, and an array value is a list. */
export interface NativeAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export interface Binding {
  createTensor(shape: readonly number[], dtype: number, values: Values): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): Values;
  executeOp(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    outputs: number,
  ): NativeTensor[];
  loadSavedModel(directory: string, tags: string): number;
  /** Names of placeholders and outputs are separated by commas. */
  runSavedModel(session: number, inputs: readonly number[], inputNames: string, outputNames: string): NativeTensor[];
  deleteSavedModel(session: number): void;
}

/** TensorFlow's DataType (tensorflow/core/framework/types.proto). */
export const dataTypes = {float32: 1, float64: 2, int32: 3, string: 7, int64: 9, bool: 10} as const;

/** TF_AttrType (tensorflow/c/c_api.h). */
export const attributeTypes = {string: 0, int: 1, float: 2, bool: 3, type: 4, shape: 5} as const;
