import type {Backend, Tensor, Variable} from './backend.ts';
import {assembleAnyBatch, traceAnyBatch} from './compile/any-batch.ts';
import {addState, type Assembled, type StateNode} from './compile/assemble.ts';
import {Graph, type Port} from './compile/graph.ts';
import {Session} from './compile/session.ts';
import {CompileError, type Body, type Inputs} from './compile/trace.ts';
import {dataTypes, type NativeTensor, type Values} from './native.ts';

export {CompileError, type Body, type Inputs} from './compile/trace.ts';

/** A training step and an evaluation in tfjs operations, over the same state. */
export interface Program {
  /** Updates the state; its outputs are not looked at. */
  readonly step: Body;
  /** Has one output, `outputs`, and changes no state. */
  readonly evaluate: Body;
  /** All variables that are read or updated. */
  readonly state: readonly Variable[];
  /** Variables that both assign before they read them. */
  readonly scratch: readonly Variable[];
}

/** The inputs of a program for a batch of so many examples. */
export interface Shapes {
  readonly step: (count: number) => Inputs;
  readonly evaluate: (count: number) => Inputs;
}

/** Values by the name of the input, row-major. */
export type Batch = Readonly<Record<string, Values>>;

/** A program as one TensorFlow graph with its own copy of the state. Nothing is read back but what is asked for. */
export interface CompiledStep {
  /** @throws RangeError if the sizes of the inputs do not belong to one number of examples. */
  run(batch: Batch): void;
  evaluate(batch: Batch): Float32Array;
  /** The values of some variables of the program's state; tensors of the caller's. */
  read(variables: readonly Variable[]): Tensor[];
  /** Sets variables of the program's state. */
  write(values: ReadonlyMap<Variable, Tensor>): void;
  dispose(): void;
}

/**
 * Traces a program for batches of any size, writes it as one TensorFlow graph with the state in resource variables, and opens a session on
 * it. The state starts as it is in the program's variables, which are never touched again.
 *
 * @throws CompileError with the operation's name if something cannot be part of a graph.
 */
export function compile(backend: Backend, program: Program, shapes: Shapes): CompiledStep {
  const {engine} = backend;
  const graph = new Graph();
  const state = program.state.map(({dtype, shape}) =>
    addState(graph, {dtype: dataTypes[dtype as keyof typeof dataTypes], shape}),
  );
  const traced = (body: Body, inputsOf: Shapes['step']): Assembled =>
    assembleAnyBatch(graph, traceAnyBatch(backend, {...program, body}, inputsOf), {state});
  const step = traced(program.step, shapes.step);
  const evaluation = traced(program.evaluate, shapes.evaluate);
  const setters = state.map((node) => settable(graph, node));
  const done = `${graph.after(step.updates)}:0`;
  const session = open(backend, graph);
  const run = fed(session.prepareFed({inputs: Object.values(step.inputs), outputs: [done]}), shapes.step);
  const evaluate = fed(
    session.prepareFed({
      inputs: Object.values(evaluation.inputs),
      outputs: [evaluation.outputs['outputs']?.name ?? ''],
    }),
    shapes.evaluate,
  );
  const indexOf = (variable: Variable): number => {
    const index = program.state.indexOf(variable);
    if (index < 0) throw new RangeError(`variable ${variable.name} is not part of the program's state`);
    return index;
  };
  const compiled: CompiledStep = {
    run(batch) {
      for (const {id} of run(batch)) engine.binding.deleteTensor(id);
    },
    evaluate(batch) {
      const [output] = evaluate(batch) as [NativeTensor];
      const values = engine.binding.tensorDataSync(output.id);
      engine.binding.deleteTensor(output.id);
      return values as Float32Array;
    },
    read(variables) {
      const outputs = variables.map((variable) => `${state[indexOf(variable)]?.read ?? ''}:0`);
      return session
        .prepare({inputs: [], outputs})([])
        .map((tensor) => engine.adopt(tensor));
    },
    write(values) {
      const chosen = [...values].map(([variable, value]) => ({
        setter: setters[indexOf(variable)],
        id: engine.idOf(value),
      }));
      const inputs = chosen.flatMap(({setter}) => (setter === undefined ? [] : [setter.input]));
      const outputs = chosen.flatMap(({setter}) => (setter === undefined ? [] : [setter.done]));
      const made = session.prepare({inputs, outputs})(chosen.map(({id}) => id));
      for (const {id} of made) engine.binding.deleteTensor(id);
    },
    dispose: () => {
      session.dispose();
    },
  };
  compiled.write(new Map(program.state.map((variable) => [variable, variable as Tensor])));
  return compiled;
}

function open({engine}: Backend, graph: Graph): Session {
  try {
    return new Session(engine, graph);
  } catch (cause) {
    // TensorFlow's message names the node, and a node's name begins with its operation.
    throw new CompileError(cause instanceof Error ? cause.message : String(cause), {cause});
  }
}

interface Setter {
  readonly input: Port;
  readonly done: string;
}

/** A variable is set before it was ever read, so that this assignment waits for nothing. */
function settable(graph: Graph, {handle, dtype, shape}: StateNode): Setter {
  const value = graph.placeholder({dtype, shape});
  const assigned = graph.add('AssignVariableOp', [handle, value], {dtype: {kind: 'type', value: dtype}});
  return {input: {name: `${value}:0`, dtype, shape}, done: `${graph.after([assigned])}:0`};
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

/** A call with shapes; the session would not notice a wrong size before some operation happens to object, so it is checked here. */
function fed(
  call: ReturnType<Session['prepareFed']>,
  inputsOf: (count: number) => Inputs,
): (batch: Batch) => NativeTensor[] {
  const [none, one] = [inputsOf(0), inputsOf(1)].map((inputs) => mapValues(inputs, ({shape}) => sizeOf(shape)));
  const [leading] = Object.keys(one ?? {}).filter((name) => one?.[name] !== none?.[name]);
  const countOf = (batch: Batch): number =>
    leading === undefined ? 1 : (batch[leading]?.length ?? 0) / (one?.[leading] ?? 1);
  return (batch) => {
    const count = countOf(batch);
    const inputs = Object.entries(inputsOf(Math.max(1, Math.floor(count))));
    if (!inputs.every(([name, {shape}]) => batch[name]?.length === sizeOf(shape)))
      throw new RangeError(
        `a batch of ${sizes(mapValues(batch, ({length}) => length))} values does not fit: one example has ${sizes(one ?? {})}`,
      );
    return call(inputs.map(([name, {shape}]) => ({shape, values: batch[name] as Values})));
  };
}

const sizes = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, size]) => `${name}: ${String(size)}`)
    .join(', ');

const mapValues = <From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
