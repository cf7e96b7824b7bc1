import type {Instant} from '../../api/quantities.ts';

export interface Use {
  readonly gpus: number;
  readonly start: Instant;
  readonly end?: Instant;
}

/** What really happened on the nodes, by Pod UID: from when to when a Pod held its GPUs. No operator can read it. */
export class GpuTruth {
  readonly uses = new Map<string, Use>();
  readonly #unbounded = new Set<string>();

  started(uid: string, gpus: number, start: Instant): void {
    this.uses.set(uid, {gpus, start});
  }

  ended(uid: string, end: Instant): void {
    const use = this.uses.get(uid);
    if (use !== undefined) this.uses.set(uid, {...use, end});
  }

  /** The one assumption does not hold for this Pod: its kubelet is late, or was told to wait. It may outlive its reservation. */
  unbound(uid: string): void {
    this.#unbounded.add(uid);
  }

  isUnbounded(uid: string): boolean {
    return this.#unbounded.has(uid);
  }

  /** GPU-milliseconds so far. */
  used(uid: string, now: Instant): number {
    const use = this.uses.get(uid);
    return use === undefined ? 0 : use.gpus * ((use.end ?? now) - use.start);
  }

  /** What the whole seconds of the API make of a use that has ended: last second − first second + 1 s. */
  billed(uid: string): number {
    const use = this.uses.get(uid);
    if (use?.end === undefined) return 0;
    return use.gpus * (Math.floor(use.end / 1000) - Math.floor(use.start / 1000) + 1) * 1000;
  }
}
