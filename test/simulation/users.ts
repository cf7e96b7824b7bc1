import type {Stored} from '../../api/meta.ts';
import {accountFinalizer, ledgerFinalizer, trialFinalizer} from '../../api/pod.ts';
import type {ArchitectureSearch, SearchSpec} from '../../api/search.ts';
import {isFinished} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import {keyOf} from '../../operator/local/object-rules.ts';
import type {GuardedServer} from './guarded-server.ts';
import type {Mirror} from './mirror.ts';
import type {Actor, Step} from './step.ts';

interface Interference {
  /** What has been applied; one that was deleted may be applied again. */
  readonly searches: readonly ArchitectureSearch[];
  /** Weight of deleting one of the Pods. */
  readonly podDeletions: number;
  /** Somebody may take the ledger's finalizer off a Pod by force. */
  readonly force: boolean;
  /** Somebody may delete a search. */
  readonly deletes: boolean;
  /** Called with the Pod's uid before its finalizer goes. */
  readonly onForce: (podUid: string) => void;
  readonly onForcedTrial: (trial: Stored<Trial>) => void;
  /** Somebody may delete Pods with more grace than they have: there is no policy against it. */
  readonly unguarded: boolean;
  readonly onStretch: (podUid: string, graceMilliseconds: number) => void;
}

/** People who delete Pods, Trials, ledgers and searches, lower limits, suspend and resume: all that they may do while a search runs. */
export class Users implements Actor {
  readonly #server: GuardedServer;
  readonly #mirror: Mirror;
  readonly #interference: Interference;
  readonly #again = new Set<string>();

  constructor(server: GuardedServer, mirror: Mirror, interference: Interference) {
    this.#server = server;
    this.#mirror = mirror;
    this.#interference = interference;
  }

  steps(): readonly Step[] {
    return [...this.#onPods(), ...this.#onTrials(), ...this.#onLedgers(), ...this.#onSearches(), ...this.#applying()];
  }

  #onPods(): readonly Step[] {
    return this.#mirror.pods().flatMap(({metadata}): Step[] => {
      const key = keyOf(metadata);
      const erase: Step = {
        name: `a user deletes ${metadata.name}`,
        weight: this.#interference.podDeletions,
        fault: true,
        run: () => this.#server.delete('Pod', key),
      };
      const strip: Step = {
        name: `a user forces ${metadata.name} away`,
        weight: 0.03,
        fault: true,
        run: async () => {
          this.#interference.onForce(metadata.uid);
          const finalizers = (metadata.finalizers ?? []).filter((name) => name !== ledgerFinalizer);
          await this.#server.patch('Pod', key, {metadata: {finalizers}});
          await this.#server.delete('Pod', key);
        },
      };
      const stretch: Step = {
        name: `a user deletes ${metadata.name} with minutes of grace`,
        weight: 0.05,
        fault: true,
        run: async () => {
          this.#interference.onStretch(metadata.uid, 300_000);
          await this.#server.delete('Pod', key);
        },
      };
      const held = metadata.finalizers?.includes(ledgerFinalizer) === true;
      return [
        ...(metadata.deletionTimestamp === undefined ? [erase] : []),
        ...(metadata.deletionTimestamp === undefined && this.#interference.unguarded ? [stretch] : []),
        ...(held && this.#interference.force ? [strip] : []),
      ];
    });
  }

  #onTrials(): readonly Step[] {
    const open = this.#mirror
      .trials()
      .filter((trial) => !isFinished(trial) && trial.metadata.deletionTimestamp === undefined);
    return [
      ...open.map((trial) => ({
        name: `a user deletes ${trial.metadata.name}`,
        weight: 0.003,
        fault: true,
        run: async () => {
          // while archsearch is away, nothing keeps it in its log
          if (trial.metadata.finalizers?.includes(trialFinalizer) !== true) this.#interference.onForcedTrial(trial);
          await this.#server.delete('Trial', keyOf(trial.metadata));
        },
      })),
      ...(this.#interference.force ? open.map((trial) => this.#forcing(trial)) : []),
    ];
  }

  #forcing(trial: Stored<Trial>): Step {
    const key = keyOf(trial.metadata);
    return {
      name: `a user forces the Trial ${key.name} away`,
      weight: 0.004,
      fault: true,
      run: async () => {
        this.#interference.onForcedTrial(trial);
        await this.#server.patch('Trial', key, {metadata: {finalizers: null}});
        await this.#server.delete('Trial', key);
      },
    };
  }

  /**
   * Its owner's finalizer does not save a ledger from somebody who deletes it by name; its own does. While archsearch is away it has none,
   * and only that nobody is given the right keeps it.
   */
  #onLedgers(): readonly Step[] {
    const whole = this.#mirror
      .ledgers()
      .filter(
        ({metadata: {deletionTimestamp, finalizers}}) =>
          deletionTimestamp === undefined && finalizers?.includes(accountFinalizer),
      );
    return whole.map(({metadata}) => ({
      name: `a user deletes the ledger ${metadata.name}`,
      weight: 0.003,
      fault: true,
      run: () => this.#server.delete('GpuLedger', keyOf(metadata)),
    }));
  }

  /** What is left of the first one still has its names. */
  #applying(): readonly Step[] {
    const there = new Set(this.#mirror.searches().map(({metadata}) => metadata.name));
    const gone = this.#interference.searches.filter(
      ({metadata}) =>
        !there.has(metadata.name) &&
        !this.#again.has(metadata.name) &&
        !this.#server.terminating.has(metadata.namespace ?? ''),
    );
    return gone.map((search) => ({
      name: `a user applies ${search.metadata.name} again`,
      weight: 0.3,
      fault: true,
      run: async () => {
        this.#again.add(search.metadata.name);
        await this.#server.create('ArchitectureSearch', search);
      },
    }));
  }

  #onSearches(): readonly Step[] {
    return this.#mirror.searches().flatMap(({metadata, spec}): Step[] => {
      const edit = (name: string, weight: number, patch: object): Step => ({
        name: `a user ${name} ${metadata.name}`,
        weight,
        run: async () => {
          await this.#server.patch('ArchitectureSearch', keyOf(metadata), {spec: patch});
        },
      });
      const erase: Step = {
        name: `a user deletes ${metadata.name}`,
        weight: 0.01,
        fault: true,
        run: () => this.#server.delete('ArchitectureSearch', keyOf(metadata)),
      };
      const erasing = this.#interference.deletes && metadata.deletionTimestamp === undefined ? [erase] : [];
      if (spec.suspend) return [edit('resumes', 0.3, {suspend: false}), ...erasing];
      return [
        ...erasing,
        {...edit('suspends', 0.03, {suspend: true}), fault: true},
        {...edit('lowers the limits of', 0.02, {limits: lowered(spec)}), fault: true},
        {...edit('raises the limits of', 0.01, {limits: raised(spec)}), fault: true},
      ];
    });
  }
}

const scaled = ({limits}: SearchSpec, factor: number) => ({
  ...(limits.gpuHours !== undefined && {gpuHours: Math.max(0.01, limits.gpuHours * factor)}),
  parallelTrials: Math.max(1, Math.round(limits.parallelTrials * factor)),
});
const lowered = (spec: SearchSpec) => scaled(spec, 0.7);
const raised = (spec: SearchSpec) => scaled(spec, 1.3);
