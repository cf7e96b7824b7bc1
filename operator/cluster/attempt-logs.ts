import {keptLog, logBlob} from '../../api/blob.ts';
import {labels} from '../../api/pod.ts';
import type {Stored} from '../../api/meta.ts';
import type {TrialAddress} from '../../api/subjects.ts';
import {blamelessReasons} from '../../api/reasons.ts';
import type {TrialReason} from '../../api/reasons.ts';
import type {Attempt, Trial} from '../../api/trial.ts';
import type {ApiAnswer, ApiServerClient} from '../kubernetes.ts';
import type {LogKeeper} from '../ports.ts';

export interface AttemptLogsOptions {
  readonly client: Pick<ApiServerClient, 'request'>;
  /** Keeps a blob; answers why it is not kept. */
  readonly store: {writeBlob(address: TrialAddress, name: string, bytes: Uint8Array): Promise<string | undefined>};
  /** A log that is not kept, in words. */
  readonly onNotice: (notice: string) => void;
}

/** A kubelet that does not answer by then is left alone: a settled Pod waits meanwhile. */
const timeoutMilliseconds = 5000;
/** The API server gives the beginning of what it was asked for, and the end is what tells: lines longer than this are cut by us. */
const mostBytes = 1024 * 1024;
/** Without a node that answers there is no log; what nobody is to blame for has nothing to tell. */
const silent: ReadonlySet<TrialReason> = new Set<TrialReason>([...blamelessReasons, 'NodeLost', 'ImagePull']);

/** Reads the end of a log off the kubelet, by way of the API server, and keeps it with the search's blobs. */
export class AttemptLogs implements LogKeeper {
  readonly #options: AttemptLogsOptions;

  constructor(options: AttemptLogsOptions) {
    this.#options = options;
  }

  async keep(trial: Stored<Trial>, attempt: Attempt): Promise<void> {
    if (attempt.startedAt === undefined || silent.has(attempt.reason)) return;
    try {
      const why = await this.#keep(trial, attempt.pod);
      if (why !== undefined) this.#options.onNotice(`the log of Pod ${attempt.pod} is not kept: ${why}`);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.onNotice(`the log of Pod ${attempt.pod} is not kept: ${why}`);
    }
  }

  async #keep({metadata}: Stored<Trial>, pod: string): Promise<string | undefined> {
    const search = metadata.labels?.[labels.searchUid];
    if (search === undefined) return 'its Trial does not say which search it is of';
    const {client, store} = this.#options;
    const path = `/api/v1/namespaces/${metadata.namespace ?? 'default'}/pods/${pod}/log`;
    const query = {container: 'trial', tailLines: String(keptLog.lines), limitBytes: String(mostBytes)};
    const answer = await client.request({method: 'GET', path, query, text: true, timeoutMilliseconds});
    if (typeof answer.body !== 'string') return refusalOf(answer);
    const bytes = new TextEncoder().encode(answer.body).subarray(-keptLog.bytes);
    return bytes.length === 0 ? undefined : store.writeBlob({search, trial: metadata.uid}, logBlob(pod), bytes);
  }
}

const refusalOf = ({status, body}: ApiAnswer): string =>
  (body as {readonly message?: string} | null)?.message ?? `the API server answered ${String(status)}`;
