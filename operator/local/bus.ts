import type {ChildProcess} from 'node:child_process';
import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {BlobLimit, BlobRead} from '../../api/blob.ts';
import {protocolVersion, trialMessage} from '../../api/protocol.ts';
import type {ControlMessage} from '../../api/protocol.ts';
import {Inbox} from '../inbox.ts';
import type {Bus, Key} from '../ports.ts';

/** A child speaks for itself alone: it needs no address. */
const here = {search: '', trial: ''};

/** Messages over the children's own channels, blobs as files: what NATS is on a cluster. */
export class LocalBus implements Bus {
  readonly #blobs: string;
  readonly #onMessage: () => void;
  readonly #children = new Map<string, ChildProcess>();
  readonly #inbox = new Inbox((podUid) => this.#children.has(podUid));

  constructor(blobs: string, onMessage: () => void) {
    this.#blobs = blobs;
    this.#onMessage = onMessage;
  }

  /** Listens to the runner of one Pod. Whatever is not a message of the protocol is not listened to. */
  attach(podUid: string, child: ChildProcess): void {
    this.#children.set(podUid, child);
    child.on('message', (raw) => {
      const message = trialMessage.safeParse(raw);
      if (!message.success) return;
      const news = this.#inbox.hear(here, {version: protocolVersion, pod: podUid, message: message.data});
      if (news !== undefined && message.data.kind === 'epoch') this.#onMessage();
    });
    child.once('exit', () => this.#children.delete(podUid));
  }

  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    return this.#inbox.hints();
  }

  stop(podUid: string, why: string): Promise<void> {
    const message: ControlMessage = {kind: 'stop', why};
    const child = this.#children.get(podUid);
    return new Promise((resolve) => {
      if (child?.connected !== true) {
        resolve();
        return;
      }
      // a runner that is just ending has closed its channel: its result counts, not this message
      child.send(message, () => {
        resolve();
      });
    });
  }

  async readBlob(_search: Key, trial: string, name: string, {mostBytes = Infinity}: BlobLimit = {}): Promise<BlobRead> {
    const file = join(this.#blobs, trial, name);
    try {
      const {size} = await stat(file);
      if (size > mostBytes)
        return {kind: 'Damaged', why: `${file} has ${String(size)} bytes, and ${String(mostBytes)} are read at most`};
      return {kind: 'Found', bytes: await readFile(file)};
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {kind: 'Missing'};
      throw error;
    }
  }
}
