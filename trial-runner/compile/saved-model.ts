import {dataTypes} from '../native.ts';
import type {Attribute, Constant, Graph, Node, Port, Signature} from './graph.ts';
import {Message} from './wire.ts';

/** Version of the GraphDef format that TensorFlow 2.12 and later write (tensorflow/core/public/version.h). */
const graphVersion = 1087;

/**
 * A graph as TensorFlow's SavedModel, the only form in which tfjs-node opens a session on it: graph, signatures and the tag `serve`.
 * No variables are in it; those of a session are set by running assignments. The numbers of the fields are those of
 * tensorflow/core/protobuf/saved_model.proto and meta_graph.proto, and of tensorflow/core/framework/{graph,node_def,attr_value,
 * tensor,tensor_shape,versions}.proto.
 */
export function encodeSavedModel(graph: Graph, signatures: Readonly<Record<string, Signature>>): Uint8Array {
  const meta = new Message()
    .message(1, new Message().text(4, 'serve'))
    .message(2, encodeGraph(graph))
    .map(5, mapValues(signatures, encodeSignature));
  return new Message().integer(1, 1).message(2, meta).finish();
}

function encodeGraph({nodes}: Graph): Message {
  const graph = new Message();
  for (const node of nodes) graph.message(1, encodeNode(node));
  return graph.message(4, new Message().integer(1, graphVersion));
}

function encodeNode({name, op, inputs, attributes}: Node): Message {
  const node = new Message().text(1, name).text(2, op);
  // TensorFlow wants those that only run before to come last.
  const isControl = (input: string): boolean => input.startsWith('^');
  for (const input of inputs) if (!isControl(input)) node.text(3, input);
  for (const input of inputs) if (isControl(input)) node.text(3, input);
  return node.map(5, mapValues(attributes, encodeAttribute));
}

type Encode = (value: never) => Message;

const list = (write: (list: Message) => void): Message => {
  const values = new Message();
  write(values);
  return new Message().message(1, values);
};

const attributeKinds: Readonly<Record<Attribute['kind'], Encode>> = {
  string: (value: string) => new Message().text(2, value),
  int: (value: number) => new Message().integer(3, value),
  float: (value: number) => new Message().float(4, value),
  bool: (value: boolean) => new Message().integer(5, Number(value)),
  type: (value: number) => new Message().integer(6, value),
  shape: (value: readonly number[]) => new Message().message(7, encodeShape(value)),
  tensor: (value: Constant) => new Message().message(8, encodeTensor(value)),
  ints: (values: readonly number[]) => list((to) => to.integers(3, values)),
  floats: (values: readonly number[]) => list((to) => to.floats(4, values)),
  bools: (values: readonly boolean[]) => list((to) => to.integers(5, values.map(Number))),
  types: (values: readonly number[]) => list((to) => to.integers(6, values)),
};

const encodeAttribute = ({kind, value}: Attribute): Message => attributeKinds[kind](value as never);

function encodeShape(sizes: readonly number[]): Message {
  const shape = new Message();
  for (const size of sizes) shape.message(2, new Message().integer(1, size));
  return shape;
}

/** Fields for values that are alike: TensorFlow repeats the last value that is given. */
const fills: Readonly<Record<number, (tensor: Message, value: number) => Message>> = {
  [dataTypes.float32]: (tensor, value) => tensor.floats(5, [value]),
  [dataTypes.int32]: (tensor, value) => tensor.integers(7, [value]),
  [dataTypes.bool]: (tensor, value) => tensor.integers(11, [value]),
};

function encodeTensor({dtype, shape, values}: Constant): Message {
  const tensor = new Message().integer(1, dtype).message(2, encodeShape(shape));
  if (isText(values)) {
    for (const value of values) tensor.text(8, value);
    return tensor;
  }
  const [first] = values;
  const fill = fills[dtype];
  // tfjs's gradients make whole arrays of ones and zeros.
  if (first !== undefined && fill !== undefined && isUniform(values, first)) return fill(tensor, first);
  return tensor.bytes(4, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

const isText = (values: Constant['values']): values is readonly string[] => typeof values[0] === 'string';

/** More than one value, all of them this one. */
const isUniform = (values: Exclude<Constant['values'], readonly string[]>, first: number): boolean =>
  values.length > 1 && (values as Float32Array).every((value) => Object.is(value, first));

function encodeSignature({inputs, outputs}: Signature): Message {
  return new Message()
    .map(1, mapValues(inputs, encodePort))
    .map(2, mapValues(outputs, encodePort))
    .text(3, 'tensorflow/serving/predict');
}

const encodePort = ({name, dtype, shape}: Port): Message =>
  new Message().text(1, name).integer(2, dtype).message(3, encodeShape(shape));

const mapValues = <From, To>(values: Readonly<Record<string, From>>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));
