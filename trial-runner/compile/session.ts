import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Engine} from '../backend.ts';
import type {NativeTensor, Values} from '../native.ts';
import type {Graph, Port} from './graph.ts';
import {encodeSavedModel} from './saved-model.ts';

/** What one run of a session takes and gives. */
export interface Run {
  readonly inputs: readonly Port[];
  readonly outputs: readonly string[];
}

/** Row-major values of the size of their shape. */
export interface Feed {
  readonly shape: readonly number[];
  readonly values: Values;
}

/** A TensorFlow session on a graph. Its variables live as long as it does. */
export class Session {
  readonly #engine: Engine;
  readonly #id: number;

  /** The folder is read once; nothing of it is left. */
  constructor(engine: Engine, graph: Graph) {
    this.#engine = engine;
    const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-graph-'));
    try {
      writeFileSync(path.join(directory, 'saved_model.pb'), encodeSavedModel(graph, {}));
      this.#id = engine.binding.loadSavedModel(directory, 'serve');
    } finally {
      rmSync(directory, {recursive: true, force: true});
    }
  }

  /** @returns a function that runs the session once on the tensors with the given ids, in the order of `inputs`. */
  prepare({inputs, outputs}: Run): (ids: readonly number[]) => NativeTensor[] {
    const {binding} = this.#engine;
    const inputNames = inputs.map(({name}) => name).join(',');
    const outputNames = outputs.join(',');
    return (ids) => binding.runSavedModel(this.#id, ids, inputNames, outputNames);
  }

  /** The same for values from JavaScript, in the order of `inputs`. */
  prepareFed(run: Run): (feeds: readonly Feed[]) => NativeTensor[] {
    const {binding} = this.#engine;
    const call = this.prepare(run);
    return (feeds) => {
      const ids = feeds.map(({shape, values}, index) =>
        binding.createTensor(shape, run.inputs[index]?.dtype ?? 0, values),
      );
      try {
        return call(ids);
      } finally {
        for (const id of ids) binding.deleteTensor(id);
      }
    };
  }

  dispose(): void {
    this.#engine.binding.deleteSavedModel(this.#id);
  }
}
