import type {Stored} from '../../api/meta.ts';
import {labels, lostMark} from '../../api/pod.ts';
import type {Pod} from '../../api/pod.ts';
import type {Mirror} from './mirror.ts';

const isOver = ({status, metadata, spec}: Stored<Pod>): boolean =>
  status?.phase === 'Succeeded' ||
  status?.phase === 'Failed' ||
  metadata.annotations?.[lostMark] !== undefined ||
  (metadata.deletionTimestamp !== undefined && spec.nodeName === undefined);

/**
 * Pods whose gate is open and that are not known to be over: never more of a search than `parallelTrials` at its highest. Operators that
 * act at once may each have found the last place free: that many more are let pass.
 */
export class ParallelAudit {
  readonly violations: string[] = [];
  readonly #zombies: number;
  readonly #highest = new Map<string, number>();

  constructor(zombies: number) {
    this.#zombies = zombies;
  }

  check(mirror: Mirror): void {
    for (const {metadata, spec} of mirror.searches()) {
      const highest = Math.max(spec.limits.parallelTrials, this.#highest.get(metadata.uid) ?? 0);
      this.#highest.set(metadata.uid, highest);
      const alive = mirror
        .pods()
        .filter((pod) => pod.metadata.labels?.[labels.searchUid] === metadata.uid)
        .filter((pod) => (pod.spec.schedulingGates ?? []).length === 0 && !isOver(pod));
      if (alive.length > highest + this.#zombies)
        this.violations.push(
          `${String(alive.length)} Pods of ${metadata.name} at once, limits.parallelTrials is ${String(highest)}: ${alive.map((pod) => pod.metadata.name).join()}`,
        );
    }
  }
}
