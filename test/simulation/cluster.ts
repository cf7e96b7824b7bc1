import type {Stored} from '../../api/meta.ts';
import type {Pod, PodStatus} from '../../api/pod.ts';
import type {Instant} from '../../api/quantities.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import {gpusOf} from '../../operator/pod-view.ts';
import type {Random} from '../../search/random.ts';
import {Node} from './node.ts';
import type {NodeSurroundings} from './node.ts';
import {isOver} from './pods.ts';
import type {Actor, Step} from './step.ts';

/** Nodes, the scheduler that fills them, preemption, and the garbage collector. */
export class Cluster implements Actor {
  readonly nodes: Node[];
  readonly #around: NodeSurroundings;
  readonly #random: Random;
  readonly #gpusPerNode: number;

  constructor(size: {readonly nodes: number; readonly gpus: number}, around: NodeSurroundings, random: Random) {
    this.#around = around;
    this.#random = random;
    this.#gpusPerNode = size.gpus;
    this.nodes = Array.from({length: size.nodes}, (_, at) => new Node(`node-${String(at + 1)}`, size.gpus, around));
  }

  steps(): readonly Step[] {
    return [
      ...this.nodes.flatMap((node) => node.steps()),
      ...this.#binding(),
      ...this.#preempting(),
      ...this.#collecting(),
      ...this.#growing(),
    ];
  }

  pass(): void {
    for (const node of this.nodes) node.pass();
  }

  stretch(uid: string, graceMilliseconds: number): void {
    for (const node of this.nodes) node.stretch(uid, graceMilliseconds);
  }

  now(): Instant {
    return this.#around.clock.now();
  }

  #free(node: Node): number {
    const held = this.#around.mirror.pods().filter((pod) => pod.spec.nodeName === node.name && !isOver(pod));
    return node.gpus - held.reduce((sum, pod) => sum + gpusOf(pod), 0);
  }

  #binding(): readonly Step[] {
    const waiting = this.#around.mirror
      .pods()
      .filter(
        ({spec, metadata}) =>
          spec.nodeName === undefined &&
          metadata.deletionTimestamp === undefined &&
          (spec.schedulingGates ?? []).length === 0,
      );
    return waiting.flatMap((pod): Step[] => {
      const fitting = this.nodes.filter((node) => node.isReady && this.#free(node) >= gpusOf(pod));
      if (fitting.length === 0) return [];
      const {metadata} = pod;
      const run = () => this.#around.server.bind(keyOf(metadata), metadata.uid, this.#random.pick(fitting).name);
      return [{name: `${metadata.name} is bound`, weight: 2, run}];
    });
  }

  #preempting(): readonly Step[] {
    return this.#bound().map((pod) => ({
      name: `${pod.metadata.name} is preempted`,
      weight: 0.02,
      fault: true,
      run: async () => {
        const key = keyOf(pod.metadata);
        await this.#around.server.setPodStatus(key, pod.metadata.uid, withDisruption(pod));
        await this.#around.server.delete('Pod', key);
      },
    }));
  }

  #bound(): readonly Stored<Pod>[] {
    return this.#around.mirror.pods().filter((pod) => pod.spec.nodeName !== undefined && !isOver(pod));
  }

  #collecting(): readonly Step[] {
    return [{name: 'garbage is collected', weight: 0.3, run: () => void this.#around.server.collectGarbage()}];
  }

  /** Nodes come to replace those that went for good. */
  #growing(): readonly Step[] {
    if (this.nodes.some((node) => !node.isGone)) return [];
    const name = `node-${String(this.nodes.length + 1)}`;
    return [
      {
        name: `${name} joins`,
        weight: 1,
        run: () => void this.nodes.push(new Node(name, this.#gpusPerNode, this.#around)),
      },
    ];
  }
}

const withDisruption = (pod: Pod): PodStatus => ({
  ...pod.status,
  conditions: [
    ...(pod.status?.conditions ?? []),
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'preempted to accommodate a higher priority pod',
    },
  ],
});
