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

/** Replaces the native binding while a body runs. */
class Recorder {
  readonly operations: RecordedOperation[] = [];
  readonly constants = new Map<number, Constant>();
  /** Ids whose origin is known. */
  readonly #known = new Set<number>();
  readonly #backend: Backend;
  readonly #state: readonly Tensor[];

  constructor(backend: Backend, state: readonly Variable[]) {
    this.#backend = backend;
    this.#state = state;
  }

  /** Called before the body runs, with what it starts from. */
  begin({inputs, state}: Start): void {
    for (const {id} of [...Object.values(inputs), ...state]) this.#known.add(id);
  }

  execute(
    op: string,
    attributes: readonly NativeAttribute[],
    inputs: readonly number[],
    count: number,
  ): NativeTensor[] {
    const outputs = this.#backend.engine.binding.executeOp(op, attributes, inputs, count);
    this.operations.push({op, attributes: [...attributes], inputs: [...inputs], outputs});
    for (const {id} of outputs) this.#known.add(id);
    return outputs;
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
      },
      (tensors, ids) => {
        for (const [index, id] of ids.entries()) if (!this.#known.has(id)) this.#adopt(tensors[index], id);
      },
      work,
    );
  }

  #keep(id: number, constant: Constant): void {
    this.#known.add(id);
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

type Start = Pick<Recording, 'inputs' | 'state'>;

/**
 * Records one run of a body, on zeros.
 *
 * @throws CompileError if a value is read in JavaScript.
 */
export function record(backend: Backend, {body, inputs, state, scratch}: Traceable): Recording {
  const {tf, engine} = backend;
  const recorder = new Recorder(backend, state);
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
