import type {Backend, Tensor, Variable} from './backend.ts';
import {addState, assemble, type Assembled, type StateNode} from './compile/assemble.ts';
import {Graph, type Port} from './compile/graph.ts';
import {Session} from './compile/session.ts';
import {CompileError, trace, type Body, type Inputs} from './compile/trace.ts';
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

/** The shapes that a program is compiled for: one graph each, full batches and remainders; they differ in the first input. */
export interface Shapes {
  readonly step: readonly Inputs[];
  readonly evaluate: readonly Inputs[];
}

/** Values by the name of the input, row-major. */
export type Batch = Readonly<Record<string, Values>>;

/** A program as one TensorFlow graph with its own copy of the state. Nothing is read back but what is asked for. */
export interface CompiledStep {
  /** @throws RangeError if the batch has none of the shapes that were compiled. */
  run(batch: Batch): void;
  evaluate(batch: Batch): Float32Array;
  /** The values of some variables of the program's state; tensors of the caller's. */
  read(variables: readonly Variable[]): Tensor[];
  /** Sets variables of the program's state. */
  write(values: ReadonlyMap<Variable, Tensor>): void;
  dispose(): void;
}

/**
 * Traces a program at the given shapes, writes it as one TensorFlow graph with the state in resource variables, and opens a session on
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
  const traced = (body: Body, inputs: Inputs): Assembled =>
    assemble(graph, trace(backend, {body, inputs, state: program.state, scratch: program.scratch}), {state});
  const steps = shapes.step.map((inputs) => traced(program.step, inputs));
  const evaluations = shapes.evaluate.map((inputs) => traced(program.evaluate, inputs));
  const setters = state.map((node) => settable(graph, node));
  const done = steps.map(({updates}) => `${graph.after(updates)}:0`);
  const session = open(backend, graph);
  const runs = steps.map(({inputs}, index) => runner(session, inputs, done[index] ?? ''));
  const evaluators = evaluations.map(({inputs, outputs}) => runner(session, inputs, outputs['outputs']?.name ?? ''));
  const indexOf = (variable: Variable): number => {
    const index = program.state.indexOf(variable);
    if (index < 0) throw new RangeError(`variable ${variable.name} is not part of the program's state`);
    return index;
  };
  const compiled: CompiledStep = {
    run(batch) {
      for (const {id} of fitting(runs, batch)(batch)) engine.binding.deleteTensor(id);
    },
    evaluate(batch) {
      const [output] = fitting(evaluators, batch)(batch) as [NativeTensor];
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

interface Runner {
  readonly names: readonly string[];
  readonly sizes: readonly number[];
  readonly call: (feeds: readonly Values[]) => NativeTensor[];
}

function runner(session: Session, inputs: Readonly<Record<string, Port>>, output: string): Runner {
  const ports = Object.values(inputs);
  return {
    names: Object.keys(inputs),
    sizes: ports.map(({shape}) => shape.reduce((product, side) => product * side, 1)),
    call: session.prepareFed({inputs: ports, outputs: [output]}),
  };
}

/** The run whose inputs have the sizes of the batch. */
function fitting(runners: readonly Runner[], batch: Batch): (batch: Batch) => NativeTensor[] {
  const found = runners.find(({names, sizes}) => names.every((name, index) => batch[name]?.length === sizes[index]));
  if (found === undefined) {
    const fed = Object.entries(batch).map(([name, values]) => `${name}: ${String(values.length)}`);
    const known = runners.map(({names, sizes}) =>
      names.map((name, index) => `${name}: ${String(sizes[index])}`).join(', '),
    );
    throw new RangeError(
      `no graph takes a batch of ${fed.join(', ')} values; there are graphs for ${known.join(' and for ')}`,
    );
  }
  return (given) => found.call(found.names.map((name) => given[name] as Values));
}
