import {attributeTypes, type NativeAttribute, type NativeTensor} from '../native.ts';
import type {Attribute, Graph, Port} from './graph.ts';
import {CompileError, type RecordedOperation, type Recording} from './trace.ts';

/** A variable of the session, with its one read: all who need the value share it, and every assignment waits for it. */
export interface StateNode {
  readonly handle: string;
  readonly read: string;
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** One recorded run as part of a graph. */
export interface Assembled {
  readonly inputs: Readonly<Record<string, Port>>;
  readonly outputs: Readonly<Record<string, Port>>;
  /** Nodes that write the new state. */
  readonly updates: readonly string[];
}

export function addState(graph: Graph, {dtype, shape}: Omit<NativeTensor, 'id'>): StateNode {
  const type: Attribute = {kind: 'type', value: dtype};
  const handle = graph.add('VarHandleOp', [], {
    dtype: type,
    shape: {kind: 'shape', value: shape},
    shared_name: {kind: 'string', value: `state_${String(graph.nodes.length)}`},
    container: {kind: 'string', value: ''},
  });
  return {handle, read: graph.add('ReadVariableOp', [handle], {dtype: type}), dtype, shape};
}

/** Adds the node that writes `value` into a variable once it has been read. */
const addAssignment = (graph: Graph, {handle, read, dtype}: StateNode, value: string): string =>
  graph.add('AssignVariableOp', [handle, value, `^${read}`], {dtype: {kind: 'type', value: dtype}});

/** What of a recording is in the graph already, or comes there in another way. */
export interface Surroundings {
  /** A node per variable, in the order of the recording's. */
  readonly state: readonly {readonly read: string}[];
  /** Nodes that stand for inputs, by name; the others become placeholders. */
  readonly fed?: Readonly<Record<string, string>>;
  /** The node that a recorded constant becomes, if not a constant; told the nodes of the inputs. */
  readonly computed?: (id: number, inputs: Readonly<Record<string, string>>) => string | undefined;
}

/** Writes a recording into a graph. Operations that neither an output nor an update needs are left out. */
export function assemble(graph: Graph, recording: Recording, {state, fed = {}, computed}: Surroundings): Assembled {
  /** Id of a recorded tensor → its name in the graph. */
  const names = new Map<number, string>();
  const nodes = Object.fromEntries(
    Object.entries(recording.inputs).map(([name, {id, dtype, shape}]) => {
      const node = fed[name] ?? graph.placeholder({dtype, shape});
      names.set(id, node);
      return [name, node];
    }),
  );
  for (const [index, {id}] of recording.state.entries()) names.set(id, state[index]?.read ?? '');
  const nameOf = (id: number, reader: string): string => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const constant = recording.constants.get(id);
    if (constant === undefined) throw new CompileError(`an input of ${reader} has no known origin`);
    const name = computed?.(id, nodes) ?? graph.constant(constant);
    names.set(id, name);
    return name;
  };
  for (const {op, attributes, inputs: read, outputs} of needed(recording)) {
    const node = graph.add(
      op,
      read.map((id) => nameOf(id, op)),
      Object.fromEntries(attributes.map((attribute) => [attribute.name, attributeOf(op, attribute)])),
    );
    for (const [index, {id}] of outputs.entries()) names.set(id, index === 0 ? node : `${node}:${String(index)}`);
  }
  return {
    inputs: Object.fromEntries(
      Object.entries(recording.inputs).map(([name, {dtype, shape}]) => [
        name,
        {name: `${nodes[name] ?? ''}:0`, dtype, shape},
      ]),
    ),
    outputs: Object.fromEntries(
      Object.entries(recording.outputs).map(([name, {id, dtype, shape}]) => {
        const output = graph.add('Identity', [nameOf(id, name)], {T: {kind: 'type', value: dtype}});
        return [name, {name: `${output}:0`, dtype, shape}];
      }),
    ),
    updates: [...recording.updates].map(([index, id]) =>
      addAssignment(graph, state[index] as StateNode, nameOf(id, `variable ${String(index)}`)),
    ),
  };
}

function needed({operations, outputs, updates}: Recording): RecordedOperation[] {
  const live = new Set([...Object.values(outputs).map(({id}) => id), ...updates.values()]);
  const kept = operations.toReversed().filter((operation) => {
    const wanted = operation.outputs.some(({id}) => live.has(id));
    if (wanted) for (const id of operation.inputs) live.add(id);
    return wanted;
  });
  return kept.reverse();
}

const singles: Readonly<Record<number, Attribute['kind']>> = {
  [attributeTypes.string]: 'string',
  [attributeTypes.int]: 'int',
  [attributeTypes.float]: 'float',
  [attributeTypes.bool]: 'bool',
  [attributeTypes.type]: 'type',
  [attributeTypes.shape]: 'shape',
};

const lists: Readonly<Record<number, Attribute['kind']>> = {
  [attributeTypes.int]: 'ints',
  [attributeTypes.float]: 'floats',
  [attributeTypes.bool]: 'bools',
  [attributeTypes.type]: 'types',
  [attributeTypes.shape]: 'shape',
};

function attributeOf(op: string, {name, type, value}: NativeAttribute): Attribute {
  const kind = (Array.isArray(value) ? lists : singles)[type];
  if (kind === undefined)
    throw new CompileError(`attribute ${name} of ${op} has a kind that cannot be written (${String(type)})`);
  // The kind says what the value is; tfjs gives some flags as 0 and 1.
  return {kind, value: kind === 'bool' ? Boolean(value) : value} as Attribute;
}
