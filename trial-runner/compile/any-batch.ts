import type {Backend} from '../backend.ts';
import {dataTypes, type NativeTensor} from '../native.ts';
import {assemble, type Assembled, type Surroundings} from './assemble.ts';
import type {Attribute, Constant, Graph} from './graph.ts';
import {CompileError, record, type Inputs, type RecordedOperation, type Recording, type Traceable} from './trace.ts';

/**
 * Batch sizes that a body is recorded at. Not 1, which operations that broadcast treat apart; and a prime apart, so that a counter or a
 * random number in JavaScript does not pass for something that grows with the batch.
 */
const [small, large] = [2, 19];

/** `base + slope × batch`, element by element. */
interface Linear {
  readonly base: Int32Array;
  readonly slope: Int32Array;
}

/** A constant that depends on the batch size: its elements do, or its shape while all its elements are `fill`. */
type BatchConstant =
  | {readonly kind: 'Elements'; readonly dtype: number; readonly shape: readonly number[]; readonly elements: Linear}
  | {readonly kind: 'Shape'; readonly sides: Linear; readonly fill: Constant};

/** A body for batches of any size. */
export interface AnyBatch {
  /** At the small batch; sides of inputs that are the batch's are -1. */
  readonly recording: Recording;
  /** By the id of the recording's constant. */
  readonly constants: ReadonlyMap<number, BatchConstant>;
}

/**
 * Records a body at two batch sizes. They must do the same, but for constants that tfjs makes of the batch size, which are told as linear
 * functions of it; whatever else differs was made in JavaScript, as a random number or a counter is, and would be frozen into the graph.
 *
 * @param inputsOf the inputs for a batch of so many
 * @throws CompileError if a value is read in JavaScript, or the runs differ in another way.
 */
export function traceAnyBatch(
  backend: Backend,
  traceable: Omit<Traceable, 'inputs'>,
  inputsOf: (count: number) => Inputs,
): AnyBatch {
  const [one, other] = [small, large].map((count) => record(backend, {...traceable, inputs: inputsOf(count)})) as [
    Recording,
    Recording,
  ];
  const constants = new Comparison(one, other).run();
  const inputs = Object.entries(one.inputs).map(([name, input]) => {
    const sides = other.inputs[name]?.shape ?? [];
    return [name, {...input, shape: input.shape.map((side, at) => (side === sides[at] ? side : -1))}] as const;
  });
  return {recording: {...one, inputs: Object.fromEntries(inputs)}, constants};
}

/** Holds one recording to another one, tensor by tensor. */
class Comparison {
  readonly #one: Recording;
  readonly #other: Recording;
  /** Id in one → id in the other. */
  readonly #pairs = new Map<number, number | undefined>();
  readonly #constants = new Map<number, BatchConstant>();

  constructor(one: Recording, other: Recording) {
    this.#one = one;
    this.#other = other;
  }

  run(): ReadonlyMap<number, BatchConstant> {
    const [one, other] = [this.#one, this.#other];
    for (const [name, {id}] of Object.entries(one.inputs)) this.#pair(id, other.inputs[name]);
    for (const [index, {id}] of one.state.entries()) this.#pair(id, other.state[index]);
    for (const [at, operation] of one.operations.entries()) this.#operation(operation, at);
    if (one.operations.length !== other.operations.length)
      throw new CompileError(
        `one run made ${String(one.operations.length)} operations and the next ${String(other.operations.length)}`,
      );
    for (const [name, {id}] of Object.entries(one.outputs)) this.#tensor(id, other.outputs[name]?.id, `output ${name}`);
    for (const [index, id] of one.updates)
      this.#tensor(id, other.updates.get(index), `the update of variable ${String(index)}`);
    return this.#constants;
  }

  #pair(id: number, twin: NativeTensor | undefined): void {
    this.#pairs.set(id, twin?.id);
  }

  #operation({op, attributes, inputs, outputs}: RecordedOperation, at: number): void {
    const twin = this.#other.operations[at];
    const where = `operation ${String(at)}, ${op},`;
    if (twin?.op !== op || JSON.stringify(twin.attributes) !== JSON.stringify(attributes))
      throw new CompileError(`${where} was ${twin?.op ?? 'not there'} or had other attributes in another run`);
    for (const [index, id] of inputs.entries()) this.#tensor(id, twin.inputs[index], `${where} input ${String(index)}`);
    for (const [index, {id}] of outputs.entries()) this.#pair(id, twin.outputs[index]);
  }

  #tensor(id: number, twin: number | undefined, what: string): void {
    const [mine, theirs] = [this.#one.constants.get(id), this.#other.constants.get(twin ?? Number.NaN)];
    if (mine === undefined ? this.#pairs.get(id) === twin : theirs !== undefined && equal(mine, theirs)) return;
    const dependent = mine && theirs && batchConstant(mine, theirs);
    if (dependent === undefined)
      throw new CompileError(
        `${what} is made in JavaScript and differs from run to run (a random number or a counter)`,
      );
    this.#constants.set(id, dependent);
  }
}

const equal = (a: Constant, b: Constant): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((size, index) => size === b.shape[index]) &&
  a.values.length === b.values.length &&
  a.values.every((value: unknown, index: number) => Object.is(value, b.values[index]));

/** undefined if what differs does not follow from the batch size. */
function batchConstant(one: Constant, other: Constant): BatchConstant | undefined {
  const {dtype, shape, values} = one;
  const sides = linear(shape, other.shape);
  if (dtype !== other.dtype || sides === undefined) return undefined;
  if (sides.slope.every((slope) => slope === 0)) {
    const elements = linear(values as Float32Array, other.values as Float32Array);
    return elements === undefined ? undefined : {kind: 'Elements', dtype, shape, elements};
  }
  const [fill] = values;
  if (typeof fill !== 'number' || !isUniform(values, fill) || !isUniform(other.values, fill)) return undefined;
  return {kind: 'Shape', sides, fill: {dtype, shape: [], values: values.slice(0, 1)}};
}

const isUniform = (values: Constant['values'], fill: number): boolean =>
  (values as Float32Array).every((value) => Object.is(value, fill));

/** undefined if the numbers at the two sizes are not whole multiples of the batch size with something whole added. */
function linear(one: ArrayLike<number>, other: ArrayLike<number>): Linear | undefined {
  if (one.length !== other.length) return undefined;
  const slopes = Array.from(one, (value, index) => ((other[index] ?? 0) - value) / (large - small));
  const bases = Array.from(one, (value, index) => value - small * (slopes[index] ?? 0));
  if (![...slopes, ...bases].every(Number.isInteger)) return undefined;
  return {base: Int32Array.from(bases), slope: Int32Array.from(slopes)};
}

/** Writes a body into a graph, as `assemble` does; what depends on the batch size is computed from the first input that has it. */
export function assembleAnyBatch(
  graph: Graph,
  {recording, constants}: AnyBatch,
  surroundings: Omit<Surroundings, 'computed'>,
): Assembled {
  let count: string | undefined;
  const computed = (id: number, inputs: Readonly<Record<string, string>>): string | undefined => {
    const constant = constants.get(id);
    if (constant === undefined) return undefined;
    count ??= addBatchSize(graph, recording, inputs);
    return addBatchConstant(graph, count, constant);
  };
  return assemble(graph, recording, {...surroundings, computed});
}

const type = (value: number) => ({kind: 'type', value}) as const;
const int32 = type(dataTypes.int32);

const masks: Readonly<Record<string, Attribute>> = Object.fromEntries(
  ['begin', 'end', 'ellipsis', 'new_axis'].map((which) => [`${which}_mask`, {kind: 'int', value: 0}] as const),
);

function addBatchSize(graph: Graph, {inputs}: Recording, nodes: Readonly<Record<string, string>>): string {
  const [name, batch] = Object.entries(inputs).find(([, {shape}]) => shape[0] === -1) ?? [];
  if (name === undefined || batch === undefined)
    throw new CompileError('something depends on a batch size that no input has');
  const shape = graph.add('Shape', [nodes[name] ?? ''], {T: type(batch.dtype), out_type: int32});
  const one = (value: number): string =>
    graph.constant({dtype: dataTypes.int32, shape: [1], values: Int32Array.of(value)});
  // Not a gather: on a GPU this one, and what is computed from it, stays on the host, where shapes are needed.
  return graph.add('StridedSlice', [shape, one(0), one(1), one(1)], {
    T: int32,
    Index: int32,
    ...masks,
    shrink_axis_mask: {kind: 'int', value: 1},
  });
}

function addBatchConstant(graph: Graph, count: string, constant: BatchConstant): string {
  const computed = ({base, slope}: Linear, shape: readonly number[]): string => {
    const node = (values: Int32Array): string => graph.constant({dtype: dataTypes.int32, shape, values});
    const scaled = graph.add('Mul', [node(slope), count], {T: int32});
    return graph.add('AddV2', [scaled, node(base)], {T: int32});
  };
  if (constant.kind === 'Shape') {
    const {sides, fill} = constant;
    const dims = computed(sides, [sides.base.length]);
    return graph.add('Fill', [dims, graph.constant(fill)], {T: type(fill.dtype), index_type: int32});
  }
  const elements = computed(constant.elements, constant.shape);
  return constant.dtype === dataTypes.int32
    ? elements
    : graph.add('Cast', [elements], {SrcT: int32, DstT: type(constant.dtype)});
}
