import {spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {dirname, join} from 'node:path';
import {createInterface} from 'node:readline';
import {kubeconfig} from '../../test/cluster/cluster.ts';
import type {NodeName} from '../../test/cluster/cluster.ts';

const running = dirname(dirname(kubeconfig));
const nodes: readonly NodeName[] = ['node-a', 'node-b'];

/** When containers of the nodes began and ended, by containerd's own clock and word: its stream of events. */
export class Containers {
  readonly #children: readonly ChildProcess[];
  readonly #times = new Map<string, {start?: number; end?: number}>();

  constructor() {
    this.#children = nodes.map((node) => this.#listen(node));
  }

  /** In milliseconds; undefined while start or end is not known. */
  lifeOf(id: string): {readonly start: number; readonly end: number} | undefined {
    const {start, end} = this.#times.get(id) ?? {};
    return start === undefined || end === undefined ? undefined : {start, end};
  }

  close(): void {
    for (const child of this.#children) child.kill();
  }

  #listen(node: NodeName): ChildProcess {
    const socket = join(running, node, 'containerd.sock');
    const words = ['--address', socket, '--namespace', 'k8s.io', 'events'];
    const child = spawn('ctr', words, {stdio: ['ignore', 'pipe', 'inherit']});
    createInterface({input: child.stdout}).on('line', (line) => {
      this.#note(line);
    });
    return child;
  }

  /** `2026-11-25 15:00:00.123456789 +0000 UTC k8s.io /tasks/start {"container_id":"…","pid":1}`. */
  #note(line: string): void {
    const [, at = '', topic = '', json = ''] = /^(\S+ \S+) \+0000 UTC \S+ \/tasks\/(start|exit) (.*)$/.exec(line) ?? [];
    if (topic === '') return;
    const event = JSON.parse(json) as {
      readonly container_id: string;
      readonly id?: string;
      readonly exited_at?: unknown;
    };
    // the end of a process that was executed in a container is not the container's
    if (topic === 'exit' && event.id !== event.container_id) return;
    const known = this.#times.get(event.container_id) ?? {};
    const time = Date.parse(`${at.replace(' ', 'T').slice(0, 23)}Z`);
    this.#times.set(event.container_id, topic === 'start' ? {...known, start: time} : {...known, end: time});
  }
}
