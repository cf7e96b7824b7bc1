import {fork} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {closeSync, mkdirSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Stored} from '../../api/meta.ts';
import {annotations, budgetGate} from '../../api/pod.ts';
import type {Pod, PodStatus} from '../../api/pod.ts';
import {environment, terminationBytes} from '../../api/protocol.ts';
import {timestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import {ApiRefusal} from '../ports.ts';
import {keyOf} from '../key.ts';
import type {Clock} from '../ports.ts';
import type {MemoryApiServer} from './api-server.ts';
import type {LocalBus} from './bus.ts';
import {isAlive} from './directory.ts';
import type {RunDirectory} from './directory.ts';

const nodeName = 'local';
/** A runner whose parent is gone ends itself within this time. */
const orphanMilliseconds = 2000;

export interface LocalKubeletOptions {
  readonly api: MemoryApiServer;
  readonly bus: LocalBus;
  readonly clock: Clock;
  readonly directory: RunDirectory;
  /** The trial runner's entry point. */
  readonly runner: string;
  /** Claim → directory. */
  readonly mounts: Readonly<Record<string, string>>;
}

interface Running {
  readonly pod: Stored<Pod>;
  readonly child: ChildProcess;
  readonly startTime: string;
  readonly ended: Promise<void>;
  timers: NodeJS.Timeout[];
  reason: 'DeadlineExceeded' | 'Interrupted' | undefined;
}

/** Scheduler and kubelet of local mode: a Pod is a child process that runs the trial runner, with the kubelet's deadlines and times. */
export class LocalKubelet {
  readonly #options: LocalKubeletOptions;
  readonly #running = new Map<string, Running>();
  #closing = false;

  constructor(options: LocalKubeletOptions) {
    this.#options = options;
  }

  /** Before anything else after a restart: whatever an earlier life left running is ended and reported. */
  async recover(): Promise<void> {
    const {api, clock, directory} = this.#options;
    const lastAlive = directory.lastAlive();
    for (const pod of await api.list('Pod')) {
      if (pod.spec.nodeName === undefined || isOver(pod)) continue;
      const survived = await endSurvivor(this.#files(pod).pid);
      const now = clock.now();
      const end = survived ? now : (Math.min(now, (lastAlive ?? now) + orphanMilliseconds) as Instant);
      await this.#report(pod, {
        startTime: pod.status?.startTime ?? timestamp(end),
        end,
        exitCode: 137,
        reason: 'Interrupted',
      });
    }
  }

  /** Looks at every Pod and does what is due; safe to repeat. */
  async sync(): Promise<void> {
    if (this.#closing) return;
    for (const pod of await this.#options.api.list('Pod')) {
      try {
        await this.#syncPod(pod);
      } catch (error) {
        // the Pod has changed since it was listed: the change brings us here again
        if (!(error instanceof ApiRefusal)) throw error;
      }
    }
  }

  async #syncPod(pod: Stored<Pod>): Promise<void> {
    const {api} = this.#options;
    const {uid, deletionTimestamp} = pod.metadata;
    const deleted = deletionTimestamp !== undefined;
    const running = this.#running.get(uid);
    if (pod.spec.nodeName === undefined) {
      if (!deleted && !isGated(pod)) await api.bind(keyOf(pod), uid, nodeName);
    } else if (isOver(pod)) {
      if (deleted) await api.forceDelete(keyOf(pod), uid);
    } else if (running === undefined) await this.#start(pod);
    else if (deleted) this.#terminate(running);
  }

  /** Ends all trials at once: they are reported as interrupted, and tried again by whoever resumes the run. */
  async close(): Promise<void> {
    this.#closing = true;
    const all = [...this.#running.values()];
    for (const running of all) {
      running.reason = 'Interrupted';
      if (running.child.connected) running.child.disconnect();
      running.timers.push(setTimeout(() => running.child.kill('SIGKILL'), orphanMilliseconds));
    }
    await Promise.all(all.map(({ended}) => ended));
  }

  #files(pod: Pod) {
    const folder = this.#options.directory.attempt(
      pod.metadata.annotations?.[annotations.trial] ?? '',
      pod.metadata.name,
    );
    return {
      folder,
      assignment: join(folder, 'assignment.json'),
      termination: join(folder, 'termination'),
      log: join(folder, 'log.txt'),
      pid: join(folder, 'pid'),
    };
  }

  async #start(pod: Stored<Pod>): Promise<void> {
    const {api, bus, clock} = this.#options;
    const {uid} = pod.metadata;
    const startTime = timestamp(clock.now());
    await api.setPodStatus(keyOf(pod), uid, runningStatus(pod, startTime));
    const child = this.#spawn(pod);
    const running: Running = {
      pod,
      child,
      startTime,
      ended: this.#ending(pod, child, startTime),
      timers: [],
      reason: undefined,
    };
    this.#running.set(uid, running);
    bus.attach(uid, child);
    const deadline = setTimeout(() => {
      running.reason = 'DeadlineExceeded';
      this.#terminate(running);
    }, pod.spec.activeDeadlineSeconds * 1000);
    running.timers.push(deadline);
  }

  #spawn(pod: Pod): ChildProcess {
    const files = this.#files(pod);
    mkdirSync(files.folder, {recursive: true});
    writeFileSync(files.assignment, pod.metadata.annotations?.[annotations.assignment] ?? '');
    writeFileSync(files.termination, ' '.repeat(terminationBytes));
    const log = openSync(files.log, 'a');
    const child = fork(this.#options.runner, [], {
      stdio: ['ignore', log, log, 'ipc'],
      // a group of its own: Ctrl-C in a terminal is for the parent, which then ends its runners in order
      detached: true,
      env: {
        ...process.env,
        [environment.trial]: files.assignment,
        [environment.terminationLog]: files.termination,
        [environment.blobs]: this.#options.directory.blobs,
        [environment.mounts]: JSON.stringify(this.#options.mounts),
      },
    });
    closeSync(log);
    writeFileSync(files.pid, String(child.pid ?? ''));
    return child;
  }

  /** SIGTERM, and SIGKILL once the grace is over, as the kubelet does. */
  #terminate(running: Running): void {
    if (running.timers.length > 1) return;
    running.child.kill('SIGTERM');
    const grace = running.pod.spec.terminationGracePeriodSeconds * 1000;
    running.timers.push(setTimeout(() => running.child.kill('SIGKILL'), grace));
  }

  #ending(pod: Stored<Pod>, child: ChildProcess, startTime: string): Promise<void> {
    return new Promise((resolve, reject) => {
      let done = false;
      const end = (exitCode: number): void => {
        if (done) return;
        done = true;
        const running = this.#running.get(pod.metadata.uid);
        for (const timer of running?.timers ?? []) clearTimeout(timer);
        this.#running.delete(pod.metadata.uid);
        const reason = running?.reason;
        const times = {startTime, end: this.#options.clock.now(), exitCode, ...(reason === undefined ? {} : {reason})};
        this.#report(pod, times).then(resolve, reject);
      };
      child.once('exit', (code, signal) => {
        end(code ?? (signal === 'SIGKILL' ? 137 : 143));
      });
      child.once('error', () => {
        end(127);
      });
    });
  }

  async #report(pod: Stored<Pod>, facts: EndFacts): Promise<void> {
    const message = readRecord(this.#files(pod).termination);
    await this.#options.api.setPodStatus(keyOf(pod), pod.metadata.uid, endedStatus(pod, facts, message));
  }
}

interface EndFacts {
  readonly startTime: string;
  readonly end: Instant;
  readonly exitCode: number;
  readonly reason?: 'DeadlineExceeded' | 'Interrupted';
}

const isGated = (pod: Pod): boolean => (pod.spec.schedulingGates ?? []).some(({name}) => name === budgetGate);
const isOver = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

const runningStatus = (pod: Pod, startTime: string): PodStatus => ({
  ...pod.status,
  phase: 'Running',
  startTime,
  containerStatuses: [{name: 'trial', state: {running: {startedAt: startTime}}}],
});

const endedStatus = (pod: Pod, {startTime, end, exitCode, reason}: EndFacts, message: string): PodStatus => ({
  ...pod.status,
  phase: exitCode === 0 && reason === undefined ? 'Succeeded' : 'Failed',
  ...(reason === undefined ? {} : {reason}),
  startTime,
  containerStatuses: [
    {
      name: 'trial',
      state: {
        terminated: {
          exitCode,
          reason: exitCode === 0 ? 'Completed' : 'Error',
          message,
          startedAt: startTime,
          finishedAt: timestamp(end),
        },
      },
    },
  ],
});

function readRecord(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Kills a runner that outlived its parent; true if there was one. A pid that was given to another program since is left alone. */
async function endSurvivor(pidFile: string): Promise<boolean> {
  const pid = Number(readRecord(pidFile));
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid) || !isRunner(pid, pidFile)) return false;
  process.kill(pid, 'SIGKILL');
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
  return true;
}

/** The runner of this attempt is known by the path of its assignment in its environment. */
function isRunner(pid: number, pidFile: string): boolean {
  try {
    return readFileSync(`/proc/${String(pid)}/environ`, 'utf8').includes(join(pidFile, '..', 'assignment.json'));
  } catch {
    return false;
  }
}
