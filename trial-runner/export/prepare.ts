import type {Attribute, Graph, Port} from '../compile/graph.ts';
import type {ColumnEncoding} from '../data/columns.ts';
import type {Preprocessing} from '../data/preprocessing.ts';
import {dataTypes} from '../native.ts';

/** Raw inputs of a graph, and the node [batch, ...shape] that is what the model reads. */
export interface Prepared {
  readonly inputs: Readonly<Record<string, Port>>;
  readonly node: string;
}

type Inputs = Preprocessing['inputs'];
type ArrayInputs = Extract<Inputs, {kind: 'array'}>;
type NumberColumn = Extract<ColumnEncoding, {type: 'number'}>;
type TextColumn = Extract<ColumnEncoding, {type: 'text'}>;

const type = (value: number): Attribute => ({kind: 'type', value});
const {float32, float64, int32, string: text} = dataTypes;

const double = (graph: Graph, values: readonly number[], shape: readonly number[] = []): string =>
  graph.constant({dtype: float64, shape, values: Float64Array.from(values)});
const integer = (graph: Graph, ...values: number[]): string =>
  graph.constant({dtype: int32, shape: values.length === 1 ? [] : [values.length], values: Int32Array.from(values)});
const cast = (graph: Graph, node: string, [from, to]: readonly [number, number]): string =>
  graph.add('Cast', [node], {SrcT: type(from), DstT: type(to), Truncate: {kind: 'bool', value: false}});

const placeholder = (graph: Graph, dtype: number, shape: readonly number[]): Port => ({
  name: `${graph.placeholder({dtype, shape})}:0`,
  dtype,
  shape,
});
const nodeOf = ({name}: Port): string => name.slice(0, -':0'.length);

/**
 * Adds the nodes that make a model's inputs of raw ones, as `encode` does in JavaScript: in double precision.
 * An array is one input, `inputs`: float32 [batch, ...shape]. A table has an input [batch] per column under the column's name: float64 for
 * numbers (dates are days since 1970-01-01, NaN is missing), string for texts.
 */
export function addPreparation(graph: Graph, inputs: Inputs): Prepared {
  return inputs.kind === 'array' ? addArray(graph, inputs) : addColumns(graph, inputs.columns);
}

function addArray(graph: Graph, {shape, mean, deviation}: ArrayInputs): Prepared {
  const raw = placeholder(graph, float32, [-1, ...shape]);
  const wide = cast(graph, nodeOf(raw), [float32, float64]);
  const node = standardized(graph, wide, {
    mean: double(graph, mean, [mean.length]),
    deviation: double(graph, deviation, [deviation.length]),
  });
  return {inputs: {inputs: raw}, node};
}

/** (value − mean) / deviation of float64 values, as float32. */
function standardized(graph: Graph, values: string, {mean, deviation}: {mean: string; deviation: string}): string {
  const centred = graph.add('Sub', [values, mean], {T: type(float64)});
  return cast(graph, graph.add('RealDiv', [centred, deviation], {T: type(float64)}), [float64, float32]);
}

function addColumns(graph: Graph, columns: readonly ColumnEncoding[]): Prepared {
  const inputs: Record<string, Port> = {};
  const features: string[] = [];
  for (const column of columns) {
    const raw = placeholder(graph, column.type === 'number' ? float64 : text, [-1]);
    inputs[column.name] = raw;
    const cells = graph.add('ExpandDims', [nodeOf(raw), integer(graph, 1)], {
      T: type(raw.dtype),
      Tdim: type(int32),
    });
    features.push(...(column.type === 'number' ? numbers(graph, cells, column) : texts(graph, cells, column)));
  }
  const node = graph.add('ConcatV2', [...features, integer(graph, 1)], {
    N: {kind: 'int', value: features.length},
    T: type(float32),
    Tidx: type(int32),
  });
  return {inputs, node};
}

/** Of cells [batch, 1]: the standardized value, and whether it was missing if there is a feature for that; each [batch, 1]. */
function numbers(graph: Graph, cells: string, {median, mean, deviation, indicator}: NumberColumn): string[] {
  const absent = graph.add('IsNan', [cells], {T: type(float64)});
  const known = graph.add('SelectV2', [absent, double(graph, [median]), cells], {T: type(float64)});
  const value = standardized(graph, known, {mean: double(graph, [mean]), deviation: double(graph, [deviation])});
  return indicator ? [value, cast(graph, absent, [dataTypes.bool, float32])] : [value];
}

/** Of cells [batch, 1]: one feature per category [batch, categories], and one for all others [batch, 1]. What is missing is no category. */
function texts(graph: Graph, cells: string, {categories}: TextColumn): string[] {
  const trimmed = graph.add('StringStrip', [cells], {});
  const known = graph.constant({dtype: text, shape: [1, categories.length], values: categories});
  const hits = graph.add('Equal', [trimmed, known], {T: type(text)});
  const reduced: Readonly<Record<string, Attribute>> = {Tidx: type(int32), keep_dims: {kind: 'bool', value: true}};
  const any = graph.add('Any', [hits, integer(graph, 1)], reduced);
  const others = graph.add('LogicalNot', [any], {});
  return [hits, others].map((node) => cast(graph, node, [dataTypes.bool, float32]));
}
