import type {Backend, SymbolicTensor, Tensor} from '../backend.ts';
import {apply, only, overrideCall, type Builder, type LayerContext} from './layer.ts';

const type = (name: string, value: 'float32' | 'int32') => ({name, kind: 'type', value}) as const;

/** Rows of a table [tokens, width] for `indices`, by TensorFlow's own operations: tfjs-node's gather reads all indices in JavaScript. */
function lookUp({tf, native}: Backend, table: Tensor, indices: Tensor): Tensor {
  const [tokens = 0] = table.shape;
  const rows = tf.customGrad((...given: unknown[]) => {
    const [x, save] = given as [Tensor, (tensors: Tensor[]) => void];
    const gathered = native(
      'GatherV2',
      [
        {name: 'batch_dims', kind: 'int', value: 0},
        type('Tparams', 'float32'),
        type('Tindices', 'int32'),
        type('Taxis', 'int32'),
      ],
      [x, indices, tf.scalar(0, 'int32')],
      1,
    );
    save([indices]);
    return {
      value: gathered[0] as Tensor,
      gradFunc: (dy: Tensor, [read]: Tensor[]) =>
        native(
          'UnsortedSegmentSum',
          [type('T', 'float32'), type('Tindices', 'int32'), type('Tnumsegments', 'int32')],
          [dy, read as Tensor, tf.scalar(tokens, 'int32')],
          1,
        ),
    };
  });
  return rows(table);
}

export const embedding: Builder<'embedding'> = ({tokens, width}, inputs, {backend, name, denseInitializer}) => {
  const layer = backend.tf.layers.embedding({
    name,
    inputDim: tokens,
    outputDim: width,
    embeddingsInitializer: denseInitializer,
  });
  overrideCall(layer, (x) => lookUp(backend, layer.weights[0]?.read() as Tensor, x.cast('int32')));
  return apply(layer, only(inputs, name));
};

const recurrentOf = ({backend, name, key, denseInitializer}: LayerContext) => ({
  name,
  kernelInitializer: denseInitializer,
  recurrentInitializer: backend.tf.initializers.orthogonal({seed: key}),
});

export const lstm: Builder<'lstm'> = ({units, sequences}, inputs, context) =>
  apply(
    context.backend.tf.layers.lstm({...recurrentOf(context), units, returnSequences: sequences}),
    only(inputs, context.name),
  );

export const gru: Builder<'gru'> = ({units, sequences}, inputs, context) =>
  apply(
    context.backend.tf.layers.gru({...recurrentOf(context), units, returnSequences: sequences}),
    only(inputs, context.name),
  );

const denseOf = ({backend, name, denseInitializer}: LayerContext, units: number, input: SymbolicTensor) =>
  apply(backend.tf.layers.dense({name, units, kernelInitializer: denseInitializer}), input);

/** Scaled dot-product attention of one head (Vaswani et al. 2017, equation 1), [batch, length, width]. */
function headOf(context: LayerContext, width: number, input: SymbolicTensor): SymbolicTensor {
  const {backend, name} = context;
  const {layers} = backend.tf;
  const [query, key, value] = ['query', 'key', 'value'].map((part) => denseOf(context.part(part), width, input)) as [
    SymbolicTensor,
    SymbolicTensor,
    SymbolicTensor,
  ];
  const scaled = apply(layers.rescaling({name: `${name}-scale`, scale: 1 / Math.sqrt(width)}), query);
  const scores = apply(layers.dot({name: `${name}-scores`, axes: [2, 2]}), [scaled, key]);
  const weights = apply(layers.activation({name: `${name}-weights`, activation: 'softmax'}), scores);
  return apply(layers.dot({name: `${name}-values`, axes: [2, 1]}), [weights, value]);
}

/** Of stock layers, each head on its own: tf.layers has no attention, and a saved model is to load without anything of ours. */
export const selfAttention: Builder<'selfAttention'> = ({heads}, inputs, context) => {
  const input = only(inputs, context.name);
  const width = input.shape[2] ?? 0;
  const each = Array.from({length: heads}, (_, head) =>
    headOf(context.part(`head${String(head)}`), width / heads, input),
  );
  const {concatenate} = context.backend.tf.layers;
  const [first] = each;
  const joined =
    first !== undefined && heads === 1 ? first : apply(concatenate({name: `${context.name}-heads`, axis: -1}), each);
  return denseOf(context, width, joined);
};

export const globalAvgPool1d: Builder<'globalAvgPool1d'> = (_operation, inputs, {backend, name}) =>
  apply(backend.tf.layers.globalAveragePooling1d({name}), only(inputs, name));
