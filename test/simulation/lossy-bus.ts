import type {CurvePoint} from '../../search/early-stopping/early-stopping.ts';
import type {Random} from '../../search/random.ts';
import type {BlobRead} from '../../api/blob.ts';
import {labels} from '../../api/pod.ts';
import {blobs, protocolVersion} from '../../api/protocol.ts';
import {subjects} from '../../api/subjects.ts';
import {Inbox} from '../../operator/inbox.ts';
import type {Bus, Key} from '../../operator/ports.ts';
import type {Cluster} from './cluster.ts';
import type {Container} from './container.ts';
import type {Mirror} from './mirror.ts';
import {curve, epochsDone} from './script.ts';
import type {Actor, Step} from './step.ts';

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** What anybody might say on a trial's subjects. */
const garbage: readonly Uint8Array[] = [
  new Uint8Array([0xff, 0xfe, 0x00]),
  bytesOf('epoch'),
  bytesOf({version: 1}),
  bytesOf({
    version: 1,
    pod: 'nobody',
    message: {kind: 'epoch', step: 1, point: {epoch: 1, values: {accuracy: 'high'}}},
  }),
  bytesOf({version: 99, pod: 'nobody', message: {kind: 'result'}}),
];

/**
 * Messages between operators and runners: any may be lost, come twice, late or out of order, and some are garbage or forged. They come
 * in by the operator's own inbox.
 */
export class LossyBus implements Bus, Actor {
  readonly #inbox: Inbox;
  readonly #stops: string[] = [];
  readonly #cluster: Cluster;
  readonly #mirror: Mirror;
  readonly #random: Random;

  constructor(cluster: Cluster, mirror: Mirror, random: Random) {
    this.#cluster = cluster;
    this.#mirror = mirror;
    this.#random = random;
    this.#inbox = new Inbox((podUid) => this.#running().some(({uid}) => uid === podUid));
  }

  hints(): ReadonlyMap<string, readonly CurvePoint[]> {
    return this.#inbox.hints();
  }

  stop(podUid: string): Promise<void> {
    this.#stops.push(podUid);
    return Promise.resolve();
  }

  /** Scores on twenty examples for each model that a scoring trial scored. */
  readBlob(_search: Key, name: string, blob: string): Promise<BlobRead> {
    const trial = this.#mirror.trials().find(({metadata}) => metadata.name === name);
    if (blob !== blobs.testScores || trial?.spec.score === undefined) return Promise.resolve({kind: 'Missing'});
    const scores = trial.spec.score.map((_, model) => Array.from({length: 20}, (_unused, at) => (at + model) % 2));
    return Promise.resolve({kind: 'Found', bytes: bytesOf(scores)});
  }

  steps(): readonly Step[] {
    return [...this.#running().flatMap((container) => this.#talking(container)), ...this.#stopping()];
  }

  #running(): readonly Container[] {
    return this.#cluster.nodes.flatMap((node) => node.running());
  }

  #talking(container: Container): readonly Step[] {
    const {name} = container.pod.metadata;
    return [
      {
        name: `a hint of ${name} arrives`,
        weight: 1,
        run: () => {
          this.#hint(container);
        },
      },
      {
        name: `garbage arrives for ${name}`,
        weight: 0.05,
        fault: true,
        run: () => void this.#inbox.take(subjectOf(container), this.#random.pick(garbage)),
      },
      {
        name: `a forged hint of ${name} arrives`,
        weight: 0.02,
        fault: true,
        run: () => {
          this.#forge(container);
        },
      },
    ];
  }

  /** Of any epoch so far: a repetition, or one that was overtaken. */
  #hint(container: Container): void {
    const {script, start} = container;
    const points = curve(script, epochsDone(script, start, this.#cluster.now()));
    if (points.length > 0) this.#deliver(container, this.#random.pick(points));
  }

  #forge(container: Container): void {
    const epoch = 1 + this.#random.integer(container.script.epochs);
    this.#deliver(container, {epoch, values: {accuracy: this.#random.uniform(), crossEntropy: 1}});
  }

  #deliver(container: Container, point: CurvePoint): void {
    const message = {kind: 'epoch', step: point.epoch, point};
    this.#inbox.take(subjectOf(container), bytesOf({version: protocolVersion, pod: container.uid, message}));
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
      {name: 'a stop is lost', weight: 1, fault: true, run: () => void this.#stops.shift()},
      {name: 'a stop is overtaken', weight: 0.5, run: () => void this.#stops.push(this.#stops.shift() ?? uid)},
    ];
  }
}

const subjectOf = ({pod}: Container): string => {
  const {labels: given = {}, ownerReferences = []} = pod.metadata;
  return subjects.message({search: given[labels.searchUid] ?? '', trial: ownerReferences[0]?.uid ?? ''}, 'epoch');
};
