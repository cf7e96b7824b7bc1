import type {Backend} from '../backend.ts';
import {dataTypes} from '../native.ts';
import type {Constant, Graph} from './graph.ts';
import {
  CompileError,
  equal,
  trace,
  type Inputs,
  type RecordedOperation,
  type Recording,
  type Traceable,
} from './trace.ts';

/** Sizes that a body is recorded at. Not 1: operations that broadcast treat it apart. */
const sizes = [2, 3, 5] as const;

/** `base + slope × batch`, element by element. */
interface Linear {
  readonly base: Int32Array;
  readonly slope: Int32Array;
}

/** A constant that depends on the batch size: its elements do, or its shape while all its elements are `fill`. */
export type BatchConstant =
  | {readonly kind: 'Elements'; readonly shape: readonly number[]; readonly elements: Linear}
  | {readonly kind: 'Shape'; readonly sides: Linear; readonly fill: Constant};

export interface AnyBatch {
  /** Recorded at a batch of two. */
  readonly recording: Recording;
  /** By the id of the recording's constant. */
  readonly constants: ReadonlyMap<number, BatchConstant>;
}

/**
 * Records a body for batches of any size: tfjs bakes the batch size into shapes, so that it is recorded at three sizes and what differs
 * is told as a linear function of the size.
 *
 * @param inputsOf the inputs for a batch of so many
 * @throws CompileError if something depends on the batch size in another way.
 */
export function traceAnyBatch(
  backend: Backend,
  traceable: Omit<Traceable, 'inputs'>,
  inputsOf: (count: number) => Inputs,
): AnyBatch {
  const [first, ...others] = sizes.map((count) => trace(backend, {...traceable, inputs: inputsOf(count)}));
  if (first === undefined) throw new CompileError('nothing was recorded');
  const constants = new Map<number, BatchConstant>();
  for (const [at, operation] of first.operations.entries()) {
    const twins = others.map(({operations}) => operations[at]);
    checkAlike(operation, twins);
    for (const [index, id] of operation.inputs.entries()) {
      const found = [first, ...others].map(({constants: known}, run) =>
        known.get((run === 0 ? operation : twins[run - 1])?.inputs[index] ?? Number.NaN),
      );
      const dependent = batchConstant(found, operation.op);
      if (dependent !== undefined) constants.set(id, dependent);
    }
  }
  return {recording: first, constants};
}

function checkAlike({op, attributes}: RecordedOperation, twins: readonly (RecordedOperation | undefined)[]): void {
  for (const twin of twins)
    if (twin?.op !== op || JSON.stringify(twin.attributes) !== JSON.stringify(attributes))
      throw new CompileError(`${op} is another operation, or has other attributes, with another batch size`);
}

function batchConstant(found: readonly (Constant | undefined)[], op: string): BatchConstant | undefined {
  const [first] = found;
  if (first === undefined) return undefined;
  const all = found.filter((constant) => constant !== undefined);
  if (all.every((constant) => equal(constant, first))) return undefined;
  const sides = linear(all.map(({shape}) => shape));
  const dependent = sides === undefined ? undefined : (elementsOf(all, sides) ?? shapeOf(all, sides));
  if (dependent === undefined)
    throw new CompileError(`a constant of ${op} depends on the batch size and is not linear in it`);
  return dependent;
}

function elementsOf([first, ...others]: readonly Constant[], sides: Linear): BatchConstant | undefined {
  if (first?.dtype !== dataTypes.int32 || sides.slope.some((slope) => slope !== 0)) return undefined;
  const elements = linear([first, ...others].map(({values}) => values as Int32Array));
  return elements === undefined ? undefined : {kind: 'Elements', shape: first.shape, elements};
}

function shapeOf(all: readonly Constant[], sides: Linear): BatchConstant | undefined {
  const [first] = all;
  const fill = first?.values[0];
  if (first === undefined || typeof fill !== 'number') return undefined;
  if (!all.every(({values}) => isUniform(values, fill))) return undefined;
  return {kind: 'Shape', sides, fill: {...first, shape: [], values: first.values.slice(0, 1)}};
}

const isUniform = (values: Constant['values'], fill: number): boolean =>
  (values as Float32Array).every((value) => Object.is(value, fill));

/** undefined if the numbers, one list per size, are not a linear function of the size. */
function linear(lists: readonly ArrayLike<number>[]): Linear | undefined {
  const [one, two] = lists;
  if (one === undefined || two === undefined || lists.some(({length}) => length !== one.length)) return undefined;
  const slope = Int32Array.from(one, (value, index) => ((two[index] ?? 0) - value) / (sizes[1] - sizes[0]));
  const base = Int32Array.from(one, (value, index) => value - sizes[0] * (slope[index] ?? 0));
  const holds = lists.every((list, run) =>
    Array.from(list).every((value, index) => value === (base[index] ?? 0) + (slope[index] ?? 0) * (sizes[run] ?? 0)),
  );
  return holds ? {base, slope} : undefined;
}

const int32 = {kind: 'type', value: dataTypes.int32} as const;

/** Adds a node with the number of examples in `batch`, the name of a tensor [batch, …]; int32, no dimensions. */
export function addBatchSize(graph: Graph, batch: string, dtype: number): string {
  const shape = graph.add('Shape', [batch], {T: {kind: 'type', value: dtype}, out_type: int32});
  const zero = graph.constant({dtype: dataTypes.int32, shape: [], values: Int32Array.of(0)});
  return graph.add('GatherV2', [shape, zero, zero], {Tparams: int32, Tindices: int32, Taxis: int32});
}

/** Adds nodes that compute a constant from the batch size that `count` holds. */
export function addBatchConstant(graph: Graph, count: string, constant: BatchConstant): string {
  const computed = ({base, slope}: Linear, shape: readonly number[]): string => {
    const node = (values: Int32Array): string => graph.constant({dtype: dataTypes.int32, shape, values});
    const scaled = graph.add('Mul', [node(slope), count], {T: int32});
    return graph.add('AddV2', [scaled, node(base)], {T: int32});
  };
  if (constant.kind === 'Elements') return computed(constant.elements, constant.shape);
  const {sides, fill} = constant;
  return graph.add('Fill', [computed(sides, [sides.base.length]), graph.constant(fill)], {
    T: {kind: 'type', value: fill.dtype},
    index_type: int32,
  });
}
