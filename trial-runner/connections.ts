import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import type {Link} from '../api/link.ts';
import {environment, type TrialAssignment} from '../api/protocol.ts';
import type {TrialAddress} from '../api/subjects.ts';
import type {Backend} from './backend.ts';
import {blobStore, type BlobStore} from './blobs.ts';
import {TrialFailure} from './failure.ts';
import {natsBlobs} from './nats-blobs.ts';
import {natsReporter} from './nats-reporter.ts';
import {
  channelReporter,
  openPost,
  type Channel,
  type ChannelListener,
  type Post,
  type PostOptions,
  type Reporter,
} from './report.ts';

export interface Connections {
  readonly reporter: Reporter;
  readonly blobs: (backend: Backend) => BlobStore;
}

interface Circumstances {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly channel: Channel;
  readonly assignment: TrialAssignment;
  readonly listener: ChannelListener;
}

/**
 * How this trial reaches the operator, by its environment: over NATS where there is an address, else over the channel to its parent. Blobs
 * go to the folder that is named, else over NATS, else to `blobs/` where it runs.
 * @throws TrialFailure `RunnerError` when there is an address of NATS and no Pod UID to speak for.
 */
export function openConnections({env, channel, assignment, listener}: Circumstances): Connections {
  const servers = env[environment.nats];
  const folder = env[environment.blobs];
  if (servers === undefined)
    return {reporter: channelReporter(channel, listener), blobs: (backend) => blobStore(backend, folder ?? 'blobs')};
  const podUid = podUidOf(env);
  const stop: PostOptions['stop'] = (message) => {
    listener.stop(message);
  };
  const link = openPost({
    servers,
    podUid,
    stop,
    tokenFile: env[environment.natsToken],
    ca: env[environment.natsCa],
  });
  const address = {search: assignment.search.uid, trial: assignment.trial.uid};
  return {
    reporter: natsReporter({link, address, podUid}),
    blobs: (backend) => (folder === undefined ? overNats(backend, link, assignment) : blobStore(backend, folder)),
  };
}

function podUidOf(env: Circumstances['env']): string {
  const podUid = env[environment.podUid];
  if (podUid !== undefined && podUid !== '') return podUid;
  throw new TrialFailure(
    'RunnerError',
    `${environment.nats} is set and ${environment.podUid} is not: set it from the Pod's metadata.uid (downward API)`,
  );
}

function overNats(backend: Backend, link: Link<Post>, {search, trial, trials}: TrialAssignment): BlobStore {
  const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-blobs-'));
  const addressOf = (name: string): TrialAddress => {
    const uid = name === trial.name ? trial.uid : trials?.[name];
    if (uid !== undefined) return {search: search.uid, trial: uid};
    throw new TrialFailure('RunnerError', `the assignment's trials do not say what the UID of ${name} is`);
  };
  return natsBlobs({link, directory, local: blobStore(backend, directory), addressOf});
}
