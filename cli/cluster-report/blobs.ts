import {existsSync} from 'node:fs';
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {logBlob} from '../../api/blob.ts';
import {readerAccount} from '../../api/permissions.ts';
import {blobs, modelFiles, savedModelFile} from '../../api/protocol.ts';
import type {Stored} from '../../api/meta.ts';
import type {Attempt, Trial} from '../../api/trial.ts';
import type {RunDirectory} from '../../operator/local/directory.ts';
import type {Snapshot} from '../../operator/local/snapshot.ts';
import type {BlobReader} from '../../operator/nats/blob-reader.ts';
import type {OpenBlobs} from './nats.ts';

type What = 'model' | 'export' | 'scores' | 'log';

/** A blob, and the file that it becomes. */
interface Wanted {
  readonly trial: Stored<Trial>;
  readonly what: What;
  readonly blob: string;
  readonly file: string;
}

/** What a missing blob of each kind means for whoever wanted it. */
const meanings: Readonly<Record<What, {readonly names: string; readonly remedy: string}>> = {
  model: {
    names: 'the model',
    remedy: 'search.yaml and trials.jsonl hold what it takes to train it again; bring searches home within 14 days',
  },
  export: {names: 'the SavedModel', remedy: 'its model.json can be used all the same'},
  scores: {names: 'the scores on each test example', remedy: 'the comparison made from them is in summary.json'},
  log: {names: 'the log', remedy: 'its reason and message are in trials.jsonl; bring searches home within 14 days'},
};

const unreachable =
  'give --nats URL, or ask for the right to list pods, and to get and create pods/portforward, in the namespace ' +
  `that --system-namespace names; NATS lets in who may create serviceaccounts/token of ${readerAccount} in the search's ` +
  'namespace; then run the same command again';

/**
 * Brings home what the trials left in NATS: models and test scores of those that were trained again, the winner's first, and the logs of
 * attempts that failed. What is here already is not fetched again. Returns what is missing, each with its remedy.
 */
export async function fetchBlobs(
  snapshot: Snapshot,
  directory: RunDirectory,
  open: OpenBlobs,
): Promise<readonly string[]> {
  const wanted = wantedOf(snapshot, directory).filter(({file}) => !existsSync(file));
  if (wanted.length === 0) return [];
  let reader: BlobReader | undefined;
  const missing: Missing[] = [];
  try {
    const {name, namespace = 'default', uid} = snapshot.search.metadata;
    reader = await open({name, namespace, uid});
    for (const one of wanted) {
      const why = await fetchOne(reader, snapshot, one);
      if (why !== undefined) missing.push({...one, why});
    }
    return linesOf(missing);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [...linesOf(missing), `models, test scores and logs are not all brought home, NATS: ${why}; ${unreachable}`];
  } finally {
    await reader?.close();
  }
}

type Missing = Wanted & {readonly why: string};

/** One line for each kind of thing that is missing, naming the trials. */
function linesOf(missing: readonly Missing[]): readonly string[] {
  const groups = Map.groupBy(missing, ({what, why}) => `${what}/${why}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const {names, remedy} = meanings[first.what];
    const trials = [...new Set(group.map(({trial}) => trial.metadata.name))];
    return [`${names} of ${trials.join(', ')} ${first.why}; ${remedy}`];
  });
}

function wantedOf({search, trials}: Snapshot, directory: RunDirectory): Wanted[] {
  const winner = search.status?.comparison?.winner.trial;
  const finals = trials
    .filter(({spec, status}) => spec.purpose === 'Final' && status?.values !== undefined)
    .toSorted((a, b) => Number(b.metadata.name === winner) - Number(a.metadata.name === winner));
  return [
    ...finals.flatMap((trial) => filesOf(trial, directory)),
    ...trials.flatMap((trial) => logsOf(trial, directory)),
  ];
}

/** A model without its last file is none: it comes last here too. */
function filesOf(trial: Stored<Trial>, directory: RunDirectory): Wanted[] {
  const of = (what: What, blob: string): Wanted => ({
    trial,
    what,
    blob,
    file: directory.at('blobs', trial.metadata.name, blob),
  });
  if (trial.spec.score !== undefined) return [of('scores', blobs.testScores)];
  return [...modelFiles.map((file) => of('model', file)), of('export', savedModelFile)];
}

/** Of attempts that had a container, and whose node was there to be asked. */
const hasLog = ({wasted, startedAt, pod}: Attempt): boolean =>
  wasted && startedAt !== undefined && /^[\da-z][\d.a-z-]*$/.test(pod);

function logsOf(trial: Stored<Trial>, directory: RunDirectory): Wanted[] {
  if (trial.status?.phase !== 'Failed') return [];
  return (trial.status.attempts ?? []).filter(hasLog).map(({pod}) => ({
    trial,
    what: 'log',
    blob: logBlob(pod),
    file: `${directory.attempt(trial.metadata.name, pod)}/log.txt`,
  }));
}

/** Answers why the blob is not to be had; undefined when it is here. */
async function fetchOne(
  reader: BlobReader,
  {search}: Snapshot,
  {trial, what, blob, file}: Wanted,
): Promise<string | undefined> {
  const address = {search: search.metadata.uid, trial: trial.metadata.uid};
  const read = await reader.read(address, blob);
  if (read.kind === 'Damaged') return `is damaged (${read.why})`;
  if (read.kind === 'Missing') return missingWords(trial, what);
  await mkdir(dirname(file), {recursive: true});
  await writeFile(`${file}.partial`, read.bytes);
  await rename(`${file}.partial`, file);
  return undefined;
}

/** A runner that could not keep something says so at the end of its trial. */
function missingWords({status}: Trial, what: What): string {
  const {message = ''} = status ?? {};
  const told = /[^;]*(?:is not kept|cannot be a SavedModel)[^;]*/.exec(message)?.[0].trim();
  if (what !== 'log' && told !== undefined) return `is not in NATS (its trial says: ${told})`;
  return 'is not in NATS: it is kept for 14 days, and not where NATS was away or full';
}
