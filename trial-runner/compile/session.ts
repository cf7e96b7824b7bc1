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

/** A TensorFlow session on a graph. Its variables live as long as it does. */
export class Session {
  readonly #engine: Engine;
  readonly #id: number;

  /** The folder is read once; nothing of it is left. */
  constructor(engine: Engine, graph: Graph) {
    this.#engine = engine;
    const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-graph-'));
    try {
      writeFileSync(path.join(directory, 'saved_model.pb'), encodeSavedModel(engine.messages, graph, {}));
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

  /**
   * The same for values from JavaScript, [in the order of `inputs`]. The session would not notice a wrong size before some operation
   * happens to object, so it is checked here.
   */
  prepareFed(run: Run): (feeds: readonly Values[]) => NativeTensor[] {
    const {binding} = this.#engine;
    const call = this.prepare(run);
    return (feeds) => {
      const ids = run.inputs.map(({shape, dtype}, index) => {
        const values = feeds[index];
        const size = shape.reduce((product, side) => product * side, 1);
        if (values?.length !== size)
          throw new RangeError(
            `input ${String(index)} has ${String(values?.length)} values; its shape is [${String(shape)}]`,
          );
        return binding.createTensor(shape, dtype, values);
      });
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
