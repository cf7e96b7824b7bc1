import {mkdirSync, renameSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {ClusterApi} from '../operator/cluster/api.ts';
import {clusterClient} from '../operator/kubernetes.ts';
import type {ClusterClient} from '../operator/kubernetes.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {Key} from '../operator/ports.ts';
import {fetchBlobs} from './cluster-report/blobs.ts';
import {journalOf, manifestOf, readSearch, refuseOthers} from './cluster-report/search.ts';
import type {ClusterRun, Reads} from './cluster-report/search.ts';
import {natsAt, natsThroughCluster} from './cluster-report/nats.ts';
import type {OpenBlobs} from './cluster-report/nats.ts';
import {CliError} from './output.ts';
import type {Output} from './output.ts';
import {writeResults} from './results.ts';
import {openDirectory} from './run-directory.ts';
import {summarize, summaryLines} from './summary.ts';
import type {Summary} from './summary.ts';

export interface ClusterReportOptions {
  readonly name: string;
  readonly namespace: string;
  readonly systemNamespace: string;
  /** Where NATS is reached from here; through the API server if left out. */
  readonly nats?: string;
  /** File with the certificates that its server's is checked against. */
  readonly natsCa?: string;
  /** Context of the kubeconfig. */
  readonly context?: string;
}

/** Where a search is brought home from. */
export interface Sources {
  readonly api: Reads;
  readonly openBlobs: OpenBlobs;
}

/** What came home, as it is told once it is known whether there is a report. */
export type Home = (report: string | undefined) => {
  readonly lines: readonly string[];
  readonly summary: Omit<Summary, 'kind'>;
  /** What could not be brought home, and what to do about it. */
  readonly missing: readonly string[];
};

/**
 * Brings the run directory of a search home from the cluster that the kubeconfig names; all but its report.
 * @throws CliError when the search cannot be read, or the directory is another run's. What is missing of its blobs is told, and no error.
 */
export async function reportCluster(
  options: ClusterReportOptions,
  directory: RunDirectory,
  output: Output,
): Promise<Home> {
  checkNames(options);
  const client = openClient(options.context);
  const {nats, natsCa, systemNamespace} = options;
  const openBlobs = nats === undefined ? natsThroughCluster(client, systemNamespace) : natsAt(client, nats, natsCa);
  return bringHome({api: new ClusterApi(client), openBlobs}, {key: options, directory}, output);
}

/** They become part of a path on the API server. */
function checkNames({name, namespace}: Key): void {
  const wrong = [name, namespace].find((text) => !/^[\da-z]([\d.a-z-]*[\da-z])?$/.test(text));
  if (wrong === undefined) return;
  const remedy = 'give the name of a search and its namespace; for the directory of a run, leave --namespace out';
  throw new CliError(`${wrong} is no name of an object on a cluster`, remedy, {exitCode: 2});
}

function openClient(context: string | undefined): ClusterClient {
  try {
    return clusterClient(context);
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    const remedy =
      'set KUBECONFIG to the file that kubectl uses, or give --context one of `kubectl config get-contexts`';
    throw new CliError(`there is no cluster to read from (${reason})`, remedy, {cause});
  }
}

/** `reportCluster`, from wherever the search is read. */
export async function bringHome(
  {api, openBlobs}: Sources,
  {key, directory}: {readonly key: Key; readonly directory: RunDirectory},
  output: Output,
): Promise<Home> {
  const run = await readSearch(api, key);
  refuseOthers(directory, run.snapshot.search);
  openDirectory(directory);
  try {
    writeWhole(directory.journal, journalOf(run));
    writeWhole(directory.manifest, manifestOf(run.snapshot.search));
    const missing = await fetchBlobs(run.snapshot, directory, openBlobs);
    for (const line of missing) output.log(line);
    return told(run, directory, missing);
  } finally {
    directory.close();
  }
}

function told({snapshot}: ClusterRun, directory: RunDirectory, missing: readonly string[]): Home {
  writeResults(snapshot, directory);
  const summary = summarize(snapshot, directory.path);
  writeWhole(directory.at('summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  const {kind: _kind, ...rest} = summary;
  return (report) => ({lines: summaryLines(snapshot, directory.path, report), summary: rest, missing});
}

/** Whoever looks at the file meanwhile, or after a kill, sees the old one or the new one. */
function writeWhole(path: string, text: string): void {
  mkdirSync(dirname(path), {recursive: true});
  writeFileSync(`${path}.partial`, text);
  renameSync(`${path}.partial`, path);
}
