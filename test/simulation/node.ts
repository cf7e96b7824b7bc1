import type {Stored} from '../../api/meta.ts';
import type {Pod, PodStatus} from '../../api/pod.ts';
import type {Instant} from '../../api/quantities.ts';
import type {MemoryApiServer} from '../../operator/local/api-server.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import type {Clock} from '../../operator/ports.ts';
import {gpusOf} from '../../operator/pod-view.ts';
import {begin, endedStatus, endingEarlier, runningStatus, stretched, terminated} from './container.ts';
import type {Container, End} from './container.ts';
import type {GpuTruth} from './gpu-truth.ts';
import type {Mirror} from './mirror.ts';
import {isOver} from './pods.ts';
import {luckOf, scriptOf} from './script.ts';
import type {Script} from './script.ts';
import type {Actor, Step} from './step.ts';

export interface NodeSurroundings {
  readonly server: MemoryApiServer;
  readonly mirror: Mirror;
  readonly clock: Clock;
  readonly truth: GpuTruth;
  /** Whether Pods may have bad luck. */
  readonly faulty: () => boolean;
  /** Weight of a node's being cut off. */
  readonly losses: number;
  /** Nodes may go without anybody's removing their Node objects. */
  readonly forgets: boolean;
  /** A Pod of the Trial with this uid begins to do this. */
  readonly began: (trialUid: string, script: Script) => void;
}

/** ok · cut: nothing is heard or said, what runs goes on · off: nothing runs · gone: off, and it will not return ·
 * forgotten: gone, and nobody removes its Node object, so that Pod GC leaves its Pods alone. */
type Network = 'ok' | 'cut' | 'off' | 'gone' | 'forgotten';
type Part = 'hearing' | 'reporting' | 'starting' | 'away';
const situations: Readonly<Record<Network, readonly Part[]>> = {
  ok: ['hearing', 'reporting', 'starting'],
  cut: ['starting', 'away'],
  off: ['away'],
  gone: ['away'],
  forgotten: ['away'],
};

const powerless: ReadonlySet<Network> = new Set(['off', 'gone', 'forgotten']);

type Place =
  | {readonly state: 'heard'; readonly pod: Stored<Pod>}
  | {readonly state: 'held'; readonly container: Container; reported: 'Nothing' | 'Running' | 'Ended'};

/**
 * A node and its kubelet. The kubelet goes by its own clock: it starts what it has heard of, enforces deadline and grace, also while it
 * is cut off; it reports when it can.
 */
export class Node implements Actor {
  readonly name: string;
  readonly gpus: number;
  readonly #around: NodeSurroundings;
  readonly #places = new Map<string, Place>();
  /** Pod UID → grace that its deletion asks for, in milliseconds. */
  readonly #stretched = new Map<string, number>();
  readonly #parts: Readonly<Record<Part, () => readonly Step[]>> = {
    hearing: () => this.#hearing(),
    reporting: () => this.#reporting(),
    starting: () => this.#starting(),
    away: () => this.#away(),
  };
  #network: Network = 'ok';
  #since: Instant;

  constructor(name: string, gpus: number, around: NodeSurroundings) {
    this.name = name;
    this.gpus = gpus;
    this.#around = around;
    this.#since = around.clock.now();
  }

  get isGone(): boolean {
    return this.#network === 'gone' || this.#network === 'forgotten';
  }

  get isReady(): boolean {
    return this.#network === 'ok';
  }

  steps(): readonly Step[] {
    return [...situations[this.#network].flatMap((part) => this.#parts[part]()), ...this.#changes()];
  }

  /** What ends by itself as time goes by. */
  pass(): void {
    for (const [uid, place] of this.#places) {
      if (place.state !== 'held' || !this.#hasEnded(place.container)) continue;
      const end = place.container.end?.at;
      if (end !== undefined) this.#around.truth.ended(uid, end);
    }
  }

  /** A stop message has reached the Pod's runner, if it runs here. */
  stop(uid: string): void {
    const place = this.#places.get(uid);
    if (place?.state !== 'held' || this.#hasEnded(place.container) || place.container.script.fate === 'Hangs') return;
    this.#put(uid, terminated(place.container, this.#now(), 'Stopped'), place.reported);
  }

  /** Somebody deletes a Pod with more grace than it has. */
  stretch(uid: string, graceMilliseconds: number): void {
    if (this.#places.get(uid)?.state !== 'held') return;
    this.#stretched.set(uid, graceMilliseconds);
    this.#around.truth.unbound(uid);
  }

  /** Containers that run now. */
  running(): readonly Container[] {
    return [...this.#places.values()].flatMap((place) =>
      place.state === 'held' && !this.#hasEnded(place.container) ? [place.container] : [],
    );
  }

  #now(): Instant {
    return this.#around.clock.now();
  }

  #hasEnded(container: Container): boolean {
    return container.end !== undefined && container.end.at <= this.#now();
  }

  #mine(): readonly Stored<Pod>[] {
    return this.#around.mirror.pods().filter((pod) => pod.spec.nodeName === this.name);
  }

  #hearing(): readonly Step[] {
    return this.#mine().flatMap((pod): Step[] => {
      const {uid, name} = pod.metadata;
      const place = this.#places.get(uid);
      const deleting = pod.metadata.deletionTimestamp !== undefined;
      if (place === undefined && !isOver(pod))
        return [
          {
            name: `${this.name} hears of ${name}`,
            weight: 3,
            run: () => void this.#places.set(uid, {state: 'heard', pod}),
          },
        ];
      if (!deleting || place === undefined) return [];
      if (place.state === 'heard')
        return [{name: `${this.name} never begins ${name}`, weight: 3, run: () => this.#never(pod, 'NeverBegan')}];
      const {container, reported} = place;
      if (this.#hasEnded(container) || container.end?.how === 'Deleted') return [];
      const end = () => this.#put(uid, this.#deleted(container), reported);
      return [{name: `${this.name} ends ${name}, which is deleted`, weight: 3, run: end}];
    });
  }

  #deleted(container: Container): Container {
    const grace = this.#stretched.get(container.uid);
    return grace === undefined
      ? terminated(container, this.#now(), 'Deleted')
      : stretched(container, this.#now(), grace);
  }

  #starting(): readonly Step[] {
    return [...this.#places].flatMap(([uid, place]): Step[] => {
      if (place.state !== 'heard' || (this.isReady && !this.#isWanted(uid))) return [];
      const {pod} = place;
      const luck = luckOf(pod, this.#around.faulty());
      const run = () => {
        if (luck.kind === 'Rejected') {
          this.#never(pod, 'Rejected');
          return;
        }
        const script = scriptOf(pod);
        this.#around.began(pod.metadata.ownerReferences?.[0]?.uid ?? '', script);
        if (luck.kind === 'Forgotten') this.#around.truth.unbound(uid);
        this.#put(uid, begin(pod, {script, luck}, this.#now()), 'Nothing');
        this.#around.truth.started(uid, gpusOf(pod), this.#now());
      };
      return [{name: `${this.name} starts ${pod.metadata.name}`, weight: 3, run}];
    });
  }

  #isWanted(uid: string): boolean {
    return this.#mine().some(({metadata}) => metadata.uid === uid && metadata.deletionTimestamp === undefined);
  }

  #never(pod: Stored<Pod>, how: End['how']): void {
    const {uid} = pod.metadata;
    const at = this.#now();
    const container = {uid, pod, script: scriptOf(pod), luck: luckOf(pod, false), start: at, end: {at, how}};
    this.#put(uid, container, 'Nothing');
  }

  #put(uid: string, container: Container, reported: 'Nothing' | 'Running' | 'Ended'): void {
    this.#places.set(uid, {state: 'held', container, reported});
  }

  #reporting(): readonly Step[] {
    return [...this.#places].flatMap(([uid, place]): Step[] => {
      if (place.state !== 'held') return [];
      const current = this.#mine().find((pod) => pod.metadata.uid === uid);
      const {container} = place;
      if (current === undefined) return this.#hasEnded(container) ? [] : [...this.#endingStray(uid, place)];
      const over = this.#hasEnded(container);
      const state = over ? 'Ended' : 'Running';
      if (place.reported !== state) return [this.#report(current, container, state)];
      if (!over || current.metadata.deletionGracePeriodSeconds === undefined) return [];
      if (current.metadata.deletionGracePeriodSeconds === 0) return [];
      const remove = () => this.#around.server.forceDelete(keyOf(current.metadata), uid);
      return [{name: `${this.name} lets ${current.metadata.name} go`, weight: 3, run: remove}];
    });
  }

  #report(current: Stored<Pod>, container: Container, state: 'Running' | 'Ended'): Step {
    const {end} = container;
    const run = async (): Promise<void> => {
      const status: PodStatus =
        state === 'Ended' && end !== undefined
          ? endedStatus(container, end, current)
          : runningStatus(container, current);
      this.#put(container.uid, container, state);
      await this.#around.server.setPodStatus(keyOf(current.metadata), container.uid, status);
    };
    return {name: `${this.name} reports ${current.metadata.name} ${state}`, weight: 3, run};
  }

  /** A Pod whose object is gone is ended, whoever took it away. */
  #endingStray(uid: string, {container, reported}: Extract<Place, {state: 'held'}>): readonly Step[] {
    if (container.end?.how === 'Deleted') return [];
    const end = () => this.#put(uid, terminated(container, this.#now(), 'Deleted'), reported);
    return [{name: `${this.name} ends a stray`, weight: 3, run: end}];
  }

  /** What the cluster does with the Pods of a node that is silent. */
  #away(): readonly Step[] {
    const {server} = this.#around;
    if (this.#now() - this.#since < 40_000) return [];
    return this.#mine().flatMap((pod): Step[] => {
      const {uid, name, deletionTimestamp} = pod.metadata;
      const key = keyOf(pod.metadata);
      const ready = pod.status?.conditions?.find((condition) => condition.type === 'Ready');
      const notReady = () => server.setPodStatus(key, uid, {...pod.status, conditions: withReady(pod, 'False')});
      const collect = async () => {
        if (!isOver(pod)) await server.setPodStatus(key, uid, {...pod.status, phase: 'Failed'});
        await server.forceDelete(key, uid);
      };
      return [
        ...(ready?.status === 'True' ? [{name: `${name} is not ready any more`, weight: 1, run: notReady}] : []),
        ...(deletionTimestamp === undefined
          ? [{name: `${name} is deleted from a silent node`, weight: 0.2, run: () => server.delete('Pod', key, {uid})}]
          : []),
        // what is over is collected, too, once there is no such node
        ...(this.#network === 'forgotten' || (isOver(pod) && this.#network !== 'gone')
          ? []
          : [{name: `Pod GC collects ${name}`, weight: 0.1, run: collect}]),
      ];
    });
  }

  #changes(): readonly Step[] {
    const become = (network: Network, name: string, weight: number): Step => ({
      name: `${this.name} ${name}`,
      weight,
      fault: network !== 'ok',
      run: () => {
        if (powerless.has(network)) this.#powerOff();
        this.#network = network;
        this.#since = this.#now();
      },
    });
    // until then its Pods keep their names, from which a search that is applied again would make its own
    if (this.#network === 'forgotten') return [{...become('gone', 'is removed by an admin', 0.01), fault: false}];
    if (this.isGone) return [];
    if (this.#network !== 'ok')
      return [
        become('ok', 'returns', 0.15),
        become('gone', 'is gone for good', 0.02),
        ...(this.#around.forgets ? [become('forgotten', 'is gone and forgotten', 0.02)] : []),
      ];
    return [become('cut', 'is cut off', this.#around.losses), become('off', 'loses power', this.#around.losses / 3)];
  }

  #powerOff(): void {
    for (const container of this.running()) {
      this.#around.truth.ended(container.uid, this.#now());
      this.#put(container.uid, endingEarlier(container, {at: this.#now(), how: 'PowerLost'}), 'Nothing');
    }
  }
}

const withReady = (pod: Pod, status: 'True' | 'False') =>
  (pod.status?.conditions ?? []).map((condition) => (condition.type === 'Ready' ? {...condition, status} : condition));
