/** Makes batches on a thread of its own, a few ahead of their use; started by feed.ts. */
import {parentPort, workerData} from 'node:worker_threads';
import {batches, type Batch} from './batches.ts';
import type {FeedMessage, FeedRequest, FeedSource} from './feed.ts';

const {examples, outputs, settings, seed} = workerData as FeedSource;

interface Underway {
  readonly epoch: number;
  readonly made: Iterator<Batch, unknown>;
}
let underway: Underway | undefined;

function tell(message: FeedMessage): void {
  const moved = message.kind === 'Batch' ? [message.batch.inputs.buffer, message.batch.targets.buffer] : [];
  parentPort?.postMessage(message, moved as ArrayBuffer[]);
}

/** One batch, or that there are no more; that is said once. */
function makeOne(): void {
  if (underway === undefined) return;
  const {epoch, made} = underway;
  const next = made.next();
  if (next.done !== true) {
    tell({kind: 'Batch', epoch, batch: next.value});
    return;
  }
  underway = undefined;
  tell({kind: 'End', epoch});
}

parentPort?.on('message', (request: FeedRequest) => {
  if (request.kind === 'Epoch') {
    const {epoch} = request;
    underway = {epoch, made: batches(examples, outputs, settings, {seed, epoch})};
  }
  const count = request.kind === 'Epoch' ? request.ahead : 1;
  for (let made = 0; made < count; made += 1) makeOne();
});
