import type {Backend, LayersModel, Tensor, Variable} from './backend.ts';
import {assembleAnyBatch, traceAnyBatch} from './compile/any-batch.ts';
import {Graph} from './compile/graph.ts';
import {encodeSavedModel} from './compile/saved-model.ts';
import type {Preprocessing} from './data/preprocessing.ts';
import {addAnswers} from './export/answers.ts';
import {addPreparation} from './export/prepare.ts';
import {dataTypes} from './native.ts';

/**
 * A model as `saved_model.pb`: from raw inputs to answers for any number of examples, weights frozen into the graph, so that the file is
 * all there is. Its one signature is `serving_default`; inputs and outputs are those of `addPreparation` and `addAnswers`.
 *
 * @throws CompileError with the operation's name if the forward pass cannot be part of a graph.
 */
export function savedModelOf(backend: Backend, model: LayersModel, fitted: Preprocessing): Uint8Array {
  const graph = new Graph();
  const {inputs, node} = addPreparation(graph, fitted.inputs);
  const outputs = addAnswers(graph, addForward(backend, graph, {model, node}), fitted.targets);
  return encodeSavedModel(graph, {serving_default: {inputs, outputs}});
}

/** Adds a model's forward pass in inference on `node` [batch, ...input]; returns the node of its outputs [batch, outputs]. */
function addForward(backend: Backend, graph: Graph, {model, node}: {model: LayersModel; node: string}): string {
  const input = (model.inputs[0]?.shape ?? []).slice(1).map((size) => size ?? 1);
  const state = model.weights.map((weight) => weight.read() as Variable);
  const forward = traceAnyBatch(
    backend,
    {body: ({x}) => ({outputs: model.apply(x as Tensor) as Tensor}), state, scratch: []},
    (count) => ({x: {shape: [count, ...input], dtype: 'float32'}}),
  );
  const {outputs} = assembleAnyBatch(graph, forward, {
    state: state.map((variable) => ({
      read: graph.constant({
        dtype: dataTypes[variable.dtype as keyof typeof dataTypes],
        shape: variable.shape,
        values: variable.dataSync<'float32'>(),
      }),
    })),
    fed: {x: node},
  });
  return (outputs['outputs']?.name ?? '').replace(/:0$/, '');
}
