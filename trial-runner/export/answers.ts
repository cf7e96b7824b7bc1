import type {Attribute, Graph, Port} from '../compile/graph.ts';
import type {Preprocessing} from '../data/preprocessing.ts';
import {dataTypes} from '../native.ts';

type Targets = Preprocessing['targets'];
type Outputs = Readonly<Record<string, Port>>;

const {float32, float64, int32, int64, string: text} = dataTypes;
const type = (value: number): Attribute => ({kind: 'type', value});

/**
 * Adds the nodes that make answers of a model's outputs, float32 [batch, outputs]. Classes: `logits` and `probabilities`, float32
 * [batch, classes], and `label`, string [batch], the name of the most probable class. A number: `prediction`, float64 [batch], in the
 * unit of the data.
 */
export function addAnswers(graph: Graph, outputs: string, targets: Targets): Outputs {
  return targets.kind === 'classes'
    ? classes(graph, outputs, targets.names)
    : {prediction: number(graph, outputs, targets)};
}

function classes(graph: Graph, logits: string, names: readonly string[]): Outputs {
  const probabilities = graph.add('Softmax', [logits], {T: type(float32)});
  const one = graph.constant({dtype: int32, shape: [], values: Int32Array.of(1)});
  const best = graph.add('ArgMax', [logits, one], {T: type(float32), Tidx: type(int32), output_type: type(int64)});
  const known = graph.constant({dtype: text, shape: [names.length], values: names});
  const zero = graph.constant({dtype: int32, shape: [], values: Int32Array.of(0)});
  const label = graph.add('GatherV2', [known, best, zero], {
    Tparams: type(text),
    Tindices: type(int64),
    Taxis: type(int32),
  });
  const each = {dtype: float32, shape: [-1, names.length]};
  return {
    logits: {name: `${logits}:0`, ...each},
    probabilities: {name: `${probabilities}:0`, ...each},
    label: {name: `${label}:0`, dtype: text, shape: [-1]},
  };
}

function number(graph: Graph, outputs: string, {mean, deviation}: Extract<Targets, {kind: 'number'}>): Port {
  const double = (value: number): string => graph.constant({dtype: float64, shape: [], values: Float64Array.of(value)});
  const flat = graph.add('Squeeze', [outputs], {T: type(float32), squeeze_dims: {kind: 'ints', value: [1]}});
  const wide = graph.add('Cast', [flat], {SrcT: type(float32), DstT: type(float64)});
  const scaled = graph.add('Mul', [wide, double(deviation)], {T: type(float64)});
  return {name: `${graph.add('AddV2', [scaled, double(mean)], {T: type(float64)})}:0`, dtype: float64, shape: [-1]};
}
