import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {Random} from '../../search/random.ts';
import {blobs} from '../../api/protocol.ts';
import type {Bus, Key} from '../../operator/ports.ts';
import type {Cluster} from './cluster.ts';
import type {Mirror} from './mirror.ts';
import {curve, epochsDone} from './script.ts';
import type {Actor, Step} from './step.ts';

/** Messages between operators and runners: any may be lost, come twice, late or out of order. */
export class LossyBus implements Bus, Actor {
  readonly #arrived = new Map<string, Map<number, CurvePoint>>();
  readonly #stops: string[] = [];
  readonly #cluster: Cluster;
  readonly #mirror: Mirror;
  readonly #random: Random;

  constructor(cluster: Cluster, mirror: Mirror, random: Random) {
    this.#cluster = cluster;
    this.#mirror = mirror;
    this.#random = random;
  }

  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    const inOrder = (points: ReadonlyMap<number, CurvePoint>) => [...points.values()].sort((a, b) => a.epoch - b.epoch);
    return new Map([...this.#arrived].map(([uid, points]) => [uid, inOrder(points)]));
  }

  stop(podUid: string): Promise<void> {
    this.#stops.push(podUid);
    return Promise.resolve();
  }

  /** Scores on twenty examples for each model that a scoring trial scored. */
  readBlob(_search: Key, name: string, blob: string): Promise<Uint8Array | undefined> {
    const trial = this.#mirror.trials().find(({metadata}) => metadata.name === name);
    if (blob !== blobs.testScores || trial?.spec.score === undefined) return Promise.resolve(undefined);
    const scores = trial.spec.score.map((_, model) => Array.from({length: 20}, (_unused, at) => (at + model) % 2));
    return Promise.resolve(new TextEncoder().encode(JSON.stringify(scores)));
  }

  steps(): readonly Step[] {
    return [...this.#hinting(), ...this.#stopping()];
  }

  #hinting(): readonly Step[] {
    return this.#cluster.nodes
      .flatMap((node) => node.running())
      .map((container) => ({
        name: `a hint of ${container.pod.metadata.name} arrives`,
        weight: 1,
        run: () => {
          const {script, start, uid} = container;
          const points = curve(script, epochsDone(script, start, this.#cluster.now()));
          if (points.length === 0) return;
          const point = this.#random.pick(points);
          const arrived = this.#arrived.get(uid) ?? new Map<number, CurvePoint>();
          this.#arrived.set(uid, arrived.set(point.epoch, point));
        },
      }));
  }

  #stopping(): readonly Step[] {
    const [uid] = this.#stops;
    if (uid === undefined) return [];
    const deliver = (): void => {
      this.#stops.shift();
      for (const node of this.#cluster.nodes) node.stop(uid);
    };
    return [
      {name: 'a stop arrives', weight: 2, run: deliver},
      {name: 'a stop is lost', weight: 0.5, fault: true, run: () => void this.#stops.shift()},
      {name: 'a stop is overtaken', weight: 0.5, run: () => void this.#stops.push(this.#stops.shift() ?? uid)},
    ];
  }
}
