import {existsSync} from 'node:fs';
import {stringify} from 'yaml';
import type {GpuLedger} from '../../api/ledger.ts';
import type {Stored} from '../../api/meta.ts';
import {labels} from '../../api/pod.ts';
import type {ArchitectureSearch} from '../../api/search.ts';
import {purposes} from '../../api/trial.ts';
import type {Trial} from '../../api/trial.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import type {RunDirectory} from '../../operator/local/directory.ts';
import {readSnapshot} from '../../operator/local/snapshot.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import {ApiRefusal} from '../../operator/ports.ts';
import type {Key, KubernetesApi, Refusal} from '../../operator/ports.ts';
import {CliError} from '../output.ts';

export type Reads = Pick<KubernetesApi, 'get' | 'list'>;

/** A search as the cluster holds it. */
export interface ClusterRun {
  readonly snapshot: Snapshot;
  /** Its account; undefined where we may not read it. */
  readonly ledger: Stored<GpuLedger> | undefined;
}

/** @throws CliError when there is no such search, or the API server does not let us read it. */
export async function readSearch(api: Reads, key: Key): Promise<ClusterRun> {
  try {
    const search = await api.get('ArchitectureSearch', key);
    if (search === undefined)
      throw new CliError(
        `there is no search ${key.name} in namespace ${key.namespace}`,
        '`kubectl get archs --all-namespaces` lists those that there are; one that was deleted cannot be brought home',
      );
    const all = await api.list('Trial', key.namespace);
    const trials = all
      .filter(({metadata}) => metadata.labels?.[labels.searchUid] === search.metadata.uid)
      .toSorted(byAge);
    return {snapshot: {search, trials}, ledger: await ledgerOf(api, key)};
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw unreadable(key, error);
  }
}

/** In the order in which they were made, as far as times in whole seconds tell it. */
const byAge = (a: Stored<Trial>, b: Stored<Trial>): number =>
  a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp) ||
  purposes.indexOf(a.spec.purpose) - purposes.indexOf(b.spec.purpose) ||
  a.spec.index - b.spec.index;

/** The numbers are in the search's status too. */
async function ledgerOf(api: Reads, key: Key): Promise<Stored<GpuLedger> | undefined> {
  try {
    return await api.get('GpuLedger', key);
  } catch (error) {
    if (error instanceof ApiRefusal && error.refusal === 'Forbidden') return undefined;
    throw error;
  }
}

const remedies: Partial<Record<Refusal, string>> = {
  Forbidden: 'ask for the right to get architecturesearches and to list trials (archsearch.dev) in that namespace',
  NotFound: 'install archsearch on this cluster, or give --context another one (docs/cluster.md)',
};
const unreachable = 'see whether `kubectl get archs` works: KUBECONFIG, --context and its credentials are what it uses';

function unreadable({namespace, name}: Key, cause: unknown): CliError {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  const remedy = cause instanceof ApiRefusal ? remedies[cause.refusal] : undefined;
  return new CliError(`the search ${namespace}/${name} cannot be read (${reason})`, remedy ?? unreachable, {cause});
}

/** "fetch failed" says nothing; what is beneath it does. */
const reasonOf = ({message, cause}: Error): string =>
  cause instanceof Error && cause.message !== '' ? `${message}: ${cause.message}` : message;

/** The directory may hold an earlier state of this very search, and no other run. */
export function refuseOthers(directory: RunDirectory, {metadata}: Stored<ArchitectureSearch>): void {
  if (!existsSync(directory.journal)) return;
  const held = readSnapshot(directory.journal)?.search.metadata;
  if (held === undefined || held.uid === metadata.uid) return;
  throw new CliError(
    `${directory.path} holds another run (${held.name}, made at ${held.creationTimestamp})`,
    'give -o a new directory, or the one that this search was brought home to before',
  );
}

/** What `replay` and `report` read: each object as it stands, as if it had been written once. */
export function journalOf({snapshot: {search, trials}, ledger}: ClusterRun): string {
  const objects = [search, ...(ledger === undefined ? [] : [ledger]), ...trials];
  const entries = objects.map((object, at): JournalEntry => {
    const {namespace = '', name} = object.metadata;
    return {rv: at + 1, kind: object.kind, key: {namespace, name}, object};
  });
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** The search as a file, ready to be run or applied again: as the API server has it, defaults and edits of its limits included. */
export function manifestOf({apiVersion, kind, metadata, spec}: Stored<ArchitectureSearch>): string {
  const {namespace = 'default', name, labels: ownLabels} = metadata;
  const head = `# Brought home from namespace ${namespace}: the search as the cluster holds it, with the defaults that were left out.\n`;
  const file = {
    apiVersion,
    kind,
    metadata: {name, ...(ownLabels && {labels: ownLabels})},
    spec: {...spec, suspend: false},
  };
  // quoted where YAML 1.1, which kubectl reads, would take a string for something else
  return head + stringify(file, {version: '1.1', lineWidth: 0});
}
