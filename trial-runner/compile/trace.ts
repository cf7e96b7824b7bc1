import type {Backend, Tensor, Variable} from '../backend.ts';
import {dataTypes, type NativeAttribute, type NativeTensor} from '../native.ts';
import type {Constant} from './graph.ts';

/** A step that cannot become a graph. The message names the operation. */
export class CompileError extends Error {
  override readonly name = 'CompileError';
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** Computes outputs from inputs with tfjs, and may read and assign state. It is run anew for every trace. */
export type Body = (inputs: Tensors) => Tensors;

export interface Input {
  /** With the batch. */
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}
export type Inputs = Readonly<Record<string, Input>>;

export interface Traceable {
  readonly body: Body;
  readonly inputs: Inputs;
  /** Variables that the body may read; what it assigns to them is an update. */
  readonly state: readonly Variable[];
  /** Variables that the body assigns before it reads them. All variables have their values back after a trace. */
  readonly scratch: readonly Variable[];
}

export interface RecordedOperation {
  readonly op: string;
  readonly attributes: readonly NativeAttribute[];
  /** Ids of tensors. */
  readonly inputs: readonly number[];
  readonly outputs: readonly NativeTensor[];
}

/** What one run of a body did, by the ids of native tensors. */
export interface Recording {
  readonly operations: readonly RecordedOperation[];
  readonly constants: ReadonlyMap<number, Constant>;
  readonly inputs: Readonly<Record<string, NativeTensor>>;
  /** In the order of `Traceable.state`. */
  readonly state: readonly NativeTensor[];
  readonly outputs: Readonly<Record<string, NativeTensor>>;
  /** Index of a state variable → id of its new value. */
  readonly updates: ReadonlyMap<number, number>;
}

/**
 * Records one run of a body, on zeros, and checks with a second run that nothing in it came from JavaScript: a random number or a
 * counter would be frozen into the graph. The second run executes no kernel.
 *
 * @throws CompileError if a value is read in JavaScript, or the two runs differ.
 */
export function trace(backend: Backend, traceable: Traceable): Recording {
  const first = new Recorder(backend, traceable.state);
  const recording = runOnce(backend, traceable, first);
  const second = new Repeater(backend, traceable.state, recording);
  second.compare(runOnce(backend, traceable, second));
  return recording;
}

/** Replaces the native binding while a body runs. */
class Recorder {
  readonly operations: RecordedOperation[] = [];
  readonly constants = new Map<number, Constant>();
  /** Ids whose origin is known. */
  protected readonly known = new Set<number>();
  readonly #backend: Backend;
  readonly #state: readonly Tensor[];

  constructor(backend: Backend, state: readonly Variable[]) {
    this.#backend = backend;
    this.#state = state;
  }

  /** Called before the body runs, with what it starts from. */
  begin({inputs, state}: Start): void {
    for (const {id} of [...Object.values(inputs), ...state]) this.known.add(id);
  }

  execute(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    count: number,
  ): NativeTensor[] {
    const outputs = this.produce(op, attributes, inputs, count);
    this.operations.push({op, attributes: [...attributes], inputs: [...inputs], outputs});
    for (const {id} of outputs) this.known.add(id);
    return outputs;
  }

  protected produce(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    count: number,
  ): NativeTensor[] {
    return this.#backend.engine.binding.executeOp(op, attributes, inputs, count);
  }

  run<T>(work: () => T): T {
    const {binding} = this.#backend.engine;
    return this.#backend.engine.intercept(
      {
        createTensor: (shape, dtype, values) => {
          const id = binding.createTensor(shape, dtype, values);
          this.#keep(id, {shape: [...shape], dtype, values: copyOf(values)});
          return id;
        },
        executeOp: (op, attributes, inputs, count) => this.execute(op, attributes, inputs, count),
        tensorDataSync: (id) => {
          if (!this.constants.has(id)) throw new CompileError(this.#readOf(id));
          return binding.tensorDataSync(id);
        },
        deleteTensor: (id) => {
          if (id >= 0) binding.deleteTensor(id);
        },
      },
      (tensors, ids) => {
        for (const [index, id] of ids.entries()) if (!this.known.has(id)) this.#adopt(tensors[index], id);
      },
      work,
    );
  }

  #keep(id: number, constant: Constant): void {
    this.known.add(id);
    this.constants.set(id, constant);
  }

  /** A tensor that was there before the body ran is a constant, also where it was assigned to a variable of the state. */
  #adopt(tensor: Tensor | undefined, id: number): void {
    if (tensor === undefined) return;
    const foreign = this.#backend.tf.Variable;
    const isForeign = tensor instanceof foreign && !this.#state.includes(tensor);
    if (isForeign) throw new CompileError(`variable ${tensor.name} is read, and is not part of the state`);
    const {dtype, shape}: Tensor = tensor;
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new CompileError(`a constant of type ${dtype} is used; only float32, int32 and bool can be written`);
    const values = this.#backend.engine.binding.tensorDataSync(id);
    this.#keep(id, {shape: [...shape], dtype: dataTypes[dtype], values: copyOf(values)});
  }

  #readOf(id: number): string {
    const maker = this.operations.find(({outputs}) => outputs.some((output) => output.id === id));
    return `the result of ${maker?.op ?? 'an input'} is read in JavaScript; it would be frozen into the graph`;
  }
}

const copyOf = <T extends Constant['values']>(values: T): T => values.slice() as T;

/** Answers each operation with the shapes of a recording's, and holds it to that recording. */
class Repeater extends Recorder {
  readonly #recording: Recording;
  /** Id of this run → id in the recording. */
  readonly #counterparts = new Map<number, number>();
  #made = 0;

  constructor(backend: Backend, state: readonly Variable[], recording: Recording) {
    super(backend, state);
    this.#recording = recording;
  }

  compare({operations, outputs, updates}: Recording): void {
    const expected = this.#recording;
    if (operations.length !== expected.operations.length)
      throw new CompileError(
        `one run made ${String(expected.operations.length)} operations and the next ${String(operations.length)}`,
      );
    for (const [name, {id}] of Object.entries(outputs))
      this.#sameTensor(id, expected.outputs[name]?.id, `output ${name}`);
    for (const [index, id] of updates)
      this.#sameTensor(id, expected.updates.get(index), `the update of variable ${String(index)}`);
  }

  override begin(start: Start): void {
    super.begin(start);
    for (const [name, {id}] of Object.entries(start.inputs)) this.#pair(id, this.#recording.inputs[name]);
    for (const [index, {id}] of start.state.entries()) this.#pair(id, this.#recording.state[index]);
  }

  #pair(id: number, recorded: NativeTensor | undefined): void {
    if (recorded !== undefined) this.#counterparts.set(id, recorded.id);
  }

  protected override produce(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
  ): NativeTensor[] {
    const at = this.operations.length;
    const expected = this.#recording.operations[at];
    const where = `operation ${String(at)}, ${op},`;
    if (expected?.op !== op || JSON.stringify(expected.attributes) !== JSON.stringify(attributes))
      throw new CompileError(`${where} was ${expected?.op ?? 'not there'} or had other attributes in the run before`);
    for (const [index, id] of inputs.entries())
      this.#sameTensor(id, expected.inputs[index], `${where} input ${String(index)}`);
    return expected.outputs.map(({id, ...rest}) => {
      this.#made -= 1;
      this.#counterparts.set(this.#made, id);
      return {...rest, id: this.#made};
    });
  }

  #sameTensor(id: number, recorded: number | undefined, what: string): void {
    const mine = this.constants.get(id);
    const theirs = this.#recording.constants.get(recorded ?? Number.NaN);
    const same =
      mine === undefined ? this.#counterparts.get(id) === recorded : theirs !== undefined && equal(mine, theirs);
    if (!same)
      throw new CompileError(
        `${what} is made in JavaScript and differs from run to run (a random number or a counter)`,
      );
  }
}

export const equal = (a: Constant, b: Constant): boolean =>
  a.dtype === b.dtype &&
  a.shape.length === b.shape.length &&
  a.shape.every((size, index) => size === b.shape[index]) &&
  a.values.length === b.values.length &&
  a.values.every((value: unknown, index: number) => Object.is(value, b.values[index]));

type Start = Pick<Recording, 'inputs' | 'state'>;

function runOnce(backend: Backend, {body, inputs, state, scratch}: Traceable, recorder: Recorder): Recording {
  const {tf, engine} = backend;
  const saved = [...state, ...scratch].map((variable) => ({variable, value: variable.clone()}));
  const fed = mapValues(inputs, ({shape, dtype}) => tf.tidy(() => fresh(backend, tf.zeros([...shape], dtype))));
  try {
    for (const variable of state) {
      const own = fresh(backend, variable);
      variable.assign(own);
      own.dispose();
    }
    const described = (tensor: Tensor): NativeTensor => describe(backend, tensor);
    const start: Start = {inputs: mapValues(fed, described), state: state.map(described)};
    recorder.begin(start);
    const ended = {outputs: {} as Record<string, NativeTensor>, updates: new Map<number, number>()};
    recorder.run(() => {
      tf.tidy(() => {
        ended.outputs = mapValues(body(fed), described);
      });
      for (const [index, variable] of state.entries()) {
        const id = engine.idOf(variable);
        if (id !== start.state[index]?.id) ended.updates.set(index, id);
      }
      // While the binding is replaced: what the second run assigned does not exist outside.
      for (const {variable, value} of saved) variable.assign(value);
    });
    return {operations: recorder.operations, constants: recorder.constants, ...start, ...ended};
  } finally {
    for (const {variable, value} of saved) variable.assign(value);
    tf.dispose([...saved.map(({value}) => value), ...Object.values(fed)]);
  }
}

const describe = ({engine}: Backend, tensor: Tensor): NativeTensor => ({
  id: engine.idOf(tensor),
  shape: tensor.shape,
  dtype: dataTypes[tensor.dtype as keyof typeof dataTypes],
});

/** A copy with an id of its own: tfjs lets tensors share one, and the roles of two would mix. */
function fresh({native}: Backend, tensor: Tensor): Tensor {
  const dtype = tensor.dtype === 'int32' ? 'int32' : 'float32';
  const [copy] = native('Identity', [{name: 'T', kind: 'type', value: dtype}], [tensor], 1) as [Tensor];
  return copy;
}

const mapValues = <From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
