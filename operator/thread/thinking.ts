/** Answers questions on a thread of its own; started by asker.ts. What is thrown here ends the thread, and rejects the question there. */
import {parentPort} from 'node:worker_threads';
import {Thinker} from '../asking/thinker.ts';
import type {Errand} from '../asking/thinker.ts';

const thinker = new Thinker();

parentPort?.on('message', (errand: Errand) => {
  parentPort?.postMessage(thinker.think(errand));
});
