import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {labels} from '../api/pod.ts';
import type {Pod, PodStatus} from '../api/pod.ts';
import type {Stored} from '../api/meta.ts';
import type {TrialAddress} from '../api/subjects.ts';
import type {Trial} from '../api/trial.ts';
import type {IdentityOptions} from '../operator/identity.ts';
import type {Key, Kind, Kinds} from '../operator/ports.ts';
import {aLedger, aPod, aSearch, aTrial, testNamespace} from './builders.ts';
import {FakeTokenReviewer} from './fake-token-reviewer.ts';

export const trialAccount = 'archsearch-trial';
export const username = (name = trialAccount, namespace = testNamespace): string =>
  `system:serviceaccount:${namespace}:${name}`;

interface PodOptions {
  readonly uid: string;
  readonly trial: Stored<Trial>;
  readonly status?: PodStatus;
  readonly metadata?: Partial<Pod['metadata']>;
  /** Left out of its search's account: it was never admitted, or is settled. */
  readonly strange?: true;
}

/** Trials of one search, and their Pods, as the gate of NATS reads them; it says whose token is whose. */
export class GatedTrials {
  readonly reviewer = new FakeTokenReviewer();
  readonly search: string;
  readonly pods = new Map<string, Stored<Pod>>();
  readonly #trials = new Map<string, Stored<Trial>>();
  readonly #strange = new Set<string>();
  readonly #folder = mkdtempSync(join(tmpdir(), 'archsearch-tokens-'));

  constructor(search: string) {
    this.search = search;
  }

  trial(name: string, uid: string, spec: Partial<Trial['spec']> = {}): Stored<Trial> {
    const own = {[labels.search]: 'search', [labels.searchUid]: this.search};
    const trial = aTrial({metadata: {name, uid, labels: own}, spec});
    this.#trials.set(name, trial);
    return trial;
  }

  pod({uid, trial, status = {phase: 'Running'}, metadata = {}, strange}: PodOptions): Stored<Pod> {
    const {name} = trial.metadata;
    const pod = aPod({
      metadata: {
        name: `pod-${uid}`,
        uid,
        labels: {[labels.search]: 'search', [labels.searchUid]: this.search, [labels.trial]: name},
        ownerReferences: [{apiVersion: trial.apiVersion, kind: 'Trial', name, uid: trial.metadata.uid}],
        ...metadata,
      },
      status,
    });
    this.pods.set(uid, pod);
    if (strange === true) this.#strange.add(uid);
    return pod;
  }

  tokenOf({metadata: {name, uid}}: Stored<Pod>, account = trialAccount): string {
    return this.reviewer.issue({username: username(account), pod: {name, uid}});
  }

  /** The file that a Pod's container reads its token from. */
  tokenFileOf(pod: Stored<Pod>): string {
    const file = join(this.#folder, pod.metadata.uid);
    writeFileSync(file, this.tokenOf(pod));
    return file;
  }

  trialOf(podUid: string): Stored<Trial> | undefined {
    const owner = this.pods.get(podUid)?.metadata.ownerReferences?.[0]?.uid;
    return [...this.#trials.values()].find(({metadata}) => metadata.uid === owner);
  }

  podsOf({trial}: TrialAddress): Stored<Pod>[] {
    return [...this.pods.values()].filter(({metadata}) => this.trialOf(metadata.uid)?.metadata.uid === trial);
  }

  mark(uid: string, annotations: Readonly<Record<string, string>>): void {
    const pod = this.pods.get(uid);
    if (pod !== undefined) this.pods.set(uid, {...pod, metadata: {...pod.metadata, annotations}});
  }

  readonly api: IdentityOptions['api'] = {
    get: <K extends Kind>(kind: K, {namespace, name}: Key) => {
      const all: readonly Stored<Kinds[Kind]>[] = [
        aSearch({metadata: {uid: this.search}}),
        this.#ledger(),
        ...this.#trials.values(),
        ...this.pods.values(),
      ];
      const found = all.find(
        (object) => object.kind === kind && object.metadata.name === name && object.metadata.namespace === namespace,
      );
      return Promise.resolve(found as Stored<Kinds[K]> | undefined);
    },
  };

  close(): void {
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #ledger() {
    const amount = {gpuMilliseconds: 1, microDollars: 0};
    const open = [...this.pods.values()]
      .filter(({metadata}) => !this.#strange.has(metadata.uid))
      .map(({metadata: {name, uid}}) => {
        const trial = this.trialOf(uid)?.metadata.name ?? '';
        return [uid, {...amount, pod: name, trial, share: 'Candidates' as const}] as const;
      });
    return aLedger({
      spec: {account: {kind: 'Search', name: 'search', uid: this.search}, open: Object.fromEntries(open)},
    });
  }
}
