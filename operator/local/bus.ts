import type {ChildProcess} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import {trialMessage} from '../../api/protocol.ts';
import type {ControlMessage} from '../../api/protocol.ts';
import type {Bus, Key} from '../ports.ts';

/** Messages over the children's own channels, blobs as files: what NATS is on a cluster. */
export class LocalBus implements Bus {
  readonly #blobs: string;
  readonly #onMessage: () => void;
  readonly #children = new Map<string, ChildProcess>();
  readonly #curves = new Map<string, CurvePoint[]>();

  constructor(blobs: string, onMessage: () => void) {
    this.#blobs = blobs;
    this.#onMessage = onMessage;
  }

  /** Listens to the runner of one Pod. Whatever is not a message of the protocol is not listened to. */
  attach(podUid: string, child: ChildProcess): void {
    this.#children.set(podUid, child);
    child.on('message', (raw) => {
      const message = trialMessage.safeParse(raw);
      if (!message.success || message.data.kind !== 'epoch') return;
      this.#record(podUid, message.data.point);
      this.#onMessage();
    });
    child.once('exit', () => {
      this.#children.delete(podUid);
      this.#curves.delete(podUid);
    });
  }

  /** A repeated or late epoch takes its own place. */
  #record(podUid: string, point: CurvePoint): void {
    const others = (this.#curves.get(podUid) ?? []).filter(({epoch}) => epoch !== point.epoch);
    this.#curves.set(
      podUid,
      [...others, point].toSorted((a, b) => a.epoch - b.epoch),
    );
  }

  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    return this.#curves;
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

  async readBlob(_search: Key, trial: string, name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#blobs, trial, name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
