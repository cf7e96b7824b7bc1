import {dataTypes, type AttributeMessage, type Messages} from '../native.ts';
import type {Attribute, Constant, Graph, Node, Port, Signature} from './graph.ts';

/** Version of the GraphDef format that TensorFlow 2.12 and later write (tensorflow/core/public/version.h). */
const graphVersion = 1087;

/**
 * A graph as TensorFlow's SavedModel, the only form in which tfjs-node opens a session on it: graph, signatures and the tag `serve`.
 * No variables are in it; those of a session are set by running assignments.
 */
export function encodeSavedModel(
  messages: Messages,
  graph: Graph,
  signatures: Readonly<Record<string, Signature>>,
): Uint8Array {
  const encoder = new Encoder(messages);
  const model = new messages.SavedModel();
  const meta = new messages.MetaGraphDef();
  const info = new messages.MetaGraphDef.MetaInfoDef();
  info.setTagsList(['serve']);
  meta.setMetaInfoDef(info);
  meta.setGraphDef(encoder.graph(graph));
  for (const [name, signature] of Object.entries(signatures))
    meta.getSignatureDefMap().set(name, encoder.signature(signature));
  model.setSavedModelSchemaVersion(1);
  model.setMetaGraphsList([meta]);
  return model.serializeBinary();
}

type Written = (value: never, target: AttributeMessage) => void;
const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'utf8'));

class Encoder {
  readonly #messages: Messages;
  readonly #attributes: Readonly<Record<Attribute['kind'], Written>>;

  constructor(messages: Messages) {
    this.#messages = messages;
    const list = (set: (list: InstanceType<Messages['AttrValue']['ListValue']>) => void, target: AttributeMessage) => {
      const value = new messages.AttrValue.ListValue();
      set(value);
      target.setList(value);
    };
    this.#attributes = {
      type: (value: number, target) => {
        target.setType(value);
      },
      int: (value: number, target) => {
        target.setI(value);
      },
      float: (value: number, target) => {
        target.setF(value);
      },
      bool: (value: boolean, target) => {
        target.setB(value);
      },
      // Bytes, not text: the generated code takes a string for base64.
      string: (value: string, target) => {
        target.setS(utf8(value));
      },
      shape: (value: readonly number[], target) => {
        target.setShape(this.#shape(value));
      },
      ints: (value: readonly number[], target) => {
        list((made) => {
          made.setIList(value);
        }, target);
      },
      floats: (value: readonly number[], target) => {
        list((made) => {
          made.setFList(value);
        }, target);
      },
      types: (value: readonly number[], target) => {
        list((made) => {
          made.setTypeList(value);
        }, target);
      },
      bools: (value: readonly boolean[], target) => {
        list((made) => {
          made.setBList(value);
        }, target);
      },
      tensor: (value: Constant, target) => {
        target.setTensor(this.#tensor(value));
      },
    };
  }

  graph({nodes}: Graph): InstanceType<Messages['GraphDef']> {
    const graph = new this.#messages.GraphDef();
    const versions = new this.#messages.VersionDef();
    versions.setProducer(graphVersion);
    graph.setVersions(versions);
    graph.setNodeList(nodes.map((node) => this.#node(node)));
    return graph;
  }

  signature({inputs, outputs}: Signature): InstanceType<Messages['SignatureDef']> {
    const signature = new this.#messages.SignatureDef();
    signature.setMethodName('tensorflow/serving/predict');
    for (const [name, port] of Object.entries(inputs)) signature.getInputsMap().set(name, this.#port(port));
    for (const [name, port] of Object.entries(outputs)) signature.getOutputsMap().set(name, this.#port(port));
    return signature;
  }

  #port({name, dtype, shape}: Port): InstanceType<Messages['TensorInfo']> {
    const info = new this.#messages.TensorInfo();
    info.setName(name);
    info.setDtype(dtype);
    info.setTensorShape(this.#shape(shape));
    return info;
  }

  #node({name, op, inputs, attributes}: Node): InstanceType<Messages['NodeDef']> {
    const node = new this.#messages.NodeDef();
    node.setName(name);
    node.setOp(op);
    // TensorFlow wants those that only run before to come last.
    const isControl = (input: string): boolean => input.startsWith('^');
    node.setInputList([...inputs.filter((input) => !isControl(input)), ...inputs.filter(isControl)]);
    for (const [key, {kind, value}] of Object.entries(attributes)) {
      const attribute = new this.#messages.AttrValue();
      this.#attributes[kind](value as never, attribute);
      node.getAttrMap().set(key, attribute);
    }
    return node;
  }

  #shape(sizes: readonly number[]): InstanceType<Messages['TensorShape']> {
    const shape = new this.#messages.TensorShape();
    const dims = sizes.map((size) => {
      const dim = new this.#messages.TensorShape.Dim();
      dim.setSize(size);
      return dim;
    });
    shape.setDimList(dims);
    return shape;
  }

  #tensor({dtype, shape, values}: Constant): InstanceType<Messages['Tensor']> {
    const tensor = new this.#messages.Tensor();
    tensor.setDtype(dtype);
    tensor.setTensorShape(this.#shape(shape));
    const [first] = values;
    const fill = this.#fills[dtype];
    // tfjs's gradients make whole arrays of ones and zeros: TensorFlow repeats the last value that is given.
    if (isText(values)) tensor.setStringValList(values.map(utf8));
    else if (typeof first === 'number' && fill !== undefined && isUniform(values, first)) fill(tensor, first);
    else tensor.setTensorContent(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return tensor;
  }

  readonly #fills: Readonly<Record<number, (tensor: InstanceType<Messages['Tensor']>, value: number) => void>> = {
    [dataTypes.float32]: (tensor, value) => {
      tensor.setFloatValList([value]);
    },
    [dataTypes.int32]: (tensor, value) => {
      tensor.setIntValList([value]);
    },
    [dataTypes.bool]: (tensor, value) => {
      tensor.setBoolValList([value !== 0]);
    },
  };
}

/** More than one value, all of them this one. */
const isUniform = (values: Exclude<Constant['values'], readonly string[]>, first: number): boolean =>
  values.length > 1 && (values as Float32Array).every((value) => Object.is(value, first));

const isText = (values: Constant['values']): values is readonly string[] => typeof values[0] === 'string';
