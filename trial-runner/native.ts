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

/** A message of google-protobuf's generated code: made empty, then set. */
interface Message {
  serializeBinary(): Uint8Array;
}
interface MessageMap<Value> {
  set(key: string, value: Value): unknown;
}
type Class<Instance> = new () => Instance;

interface ShapeMessage extends Message {
  setDimList(dims: readonly DimMessage[]): void;
}
interface DimMessage extends Message {
  setSize(size: number): void;
}
interface TensorMessage extends Message {
  setDtype(dtype: number): void;
  setTensorShape(shape: ShapeMessage): void;
  setTensorContent(bytes: Uint8Array): void;
  setFloatValList(values: readonly number[]): void;
  setIntValList(values: readonly number[]): void;
  setBoolValList(values: readonly boolean[]): void;
  setStringValList(values: readonly Uint8Array[]): void;
}
export interface AttributeMessage extends Message {
  setType(type: number): void;
  setB(value: boolean): void;
  setI(value: number): void;
  setF(value: number): void;
  setS(value: Uint8Array): void;
  setShape(shape: ShapeMessage): void;
  setTensor(tensor: TensorMessage): void;
  setList(list: ListMessage): void;
}
interface ListMessage extends Message {
  setIList(values: readonly number[]): void;
  setFList(values: readonly number[]): void;
  setBList(values: readonly boolean[]): void;
  setTypeList(values: readonly number[]): void;
}
interface NodeMessage extends Message {
  setName(name: string): void;
  setOp(op: string): void;
  setInputList(inputs: readonly string[]): void;
  getAttrMap(): MessageMap<AttributeMessage>;
}
interface VersionMessage extends Message {
  setProducer(version: number): void;
}
interface GraphMessage extends Message {
  setNodeList(nodes: readonly NodeMessage[]): void;
  setVersions(versions: VersionMessage): void;
}
interface TensorInfoMessage extends Message {
  setName(name: string): void;
  setDtype(dtype: number): void;
  setTensorShape(shape: ShapeMessage): void;
}
interface SignatureMessage extends Message {
  setMethodName(name: string): void;
  getInputsMap(): MessageMap<TensorInfoMessage>;
  getOutputsMap(): MessageMap<TensorInfoMessage>;
}
interface MetaInfoMessage extends Message {
  setTagsList(tags: readonly string[]): void;
}
interface MetaGraphMessage extends Message {
  setMetaInfoDef(info: MetaInfoMessage): void;
  setGraphDef(graph: GraphMessage): void;
  getSignatureDefMap(): MessageMap<SignatureMessage>;
}
interface SavedModelMessage extends Message {
  setSavedModelSchemaVersion(version: number): void;
  setMetaGraphsList(graphs: readonly MetaGraphMessage[]): void;
}

/** tfjs-node's protobuf classes. It calls them Tensor and TensorShape, which TensorFlow calls TensorProto and TensorShapeProto. */
export interface Messages {
  readonly TensorShape: Class<ShapeMessage> & {readonly Dim: Class<DimMessage>};
  readonly Tensor: Class<TensorMessage>;
  readonly AttrValue: Class<AttributeMessage> & {readonly ListValue: Class<ListMessage>};
  readonly NodeDef: Class<NodeMessage>;
  readonly VersionDef: Class<VersionMessage>;
  readonly GraphDef: Class<GraphMessage>;
  readonly TensorInfo: Class<TensorInfoMessage>;
  readonly SignatureDef: Class<SignatureMessage>;
  readonly MetaGraphDef: Class<MetaGraphMessage> & {readonly MetaInfoDef: Class<MetaInfoMessage>};
  readonly SavedModel: Class<SavedModelMessage>;
}
