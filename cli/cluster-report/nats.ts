import {readFileSync} from 'node:fs';
import {natsAudience, readerAccount} from '../../api/permissions.ts';
import type {Pod} from '../../api/pod.ts';
import type {ClusterClient} from '../../operator/kubernetes.ts';
import {openBlobReader} from '../../operator/nats/blob-reader.ts';
import type {BlobReader, ReaderPlace, Reading} from '../../operator/nats/blob-reader.ts';
import {CliError} from '../output.ts';

const selector = 'app.kubernetes.io/name=archsearch,app.kubernetes.io/component=nats';
const natsPort = 4222;
/** On NATS's Pod, where the chart has given it a certificate. */
const tlsLabel = 'archsearch.dev/nats-tls';
/** Shown once, when the connection is made. */
const tokenSeconds = 600;

/** Opens the blobs of one search. @throws Error that says why NATS cannot be reached. */
export type OpenBlobs = (search: Reading['search']) => Promise<BlobReader>;

/** NATS where somebody says that it is; `ca` is a file of certificates in PEM. */
export const natsAt =
  (client: ClusterClient, servers: string, ca: string | undefined): OpenBlobs =>
  (search) =>
    openAs(client, search, {servers, ...(ca === undefined ? {} : {ca: readCa(ca)})});

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new CliError(`--nats-ca ${file} cannot be read`, 'give a file of certificates in PEM', {cause});
  }
}

/** NATS as the chart runs it, reached through the API server, by the rights of whoever asks. */
export const natsThroughCluster =
  (client: ClusterClient, namespace: string): OpenBlobs =>
  async (search) => {
    const {metadata} = await readyPod(client, namespace);
    const {name} = metadata;
    let trouble = '';
    const tunnel = await client.forward({namespace, name, port: natsPort}, (why) => (trouble = why));
    const anyName = metadata.labels?.[tlsLabel] === 'true';
    try {
      const reader = await openAs(client, search, {servers: `nats://127.0.0.1:${String(tunnel.port)}`, anyName});
      const close = async (): Promise<void> => {
        await reader.close();
        await tunnel.close();
      };
      return {...reader, close};
    } catch (cause) {
      await tunnel.close();
      const why = trouble === '' ? (cause as Error).message : trouble;
      throw new Error(`Pod ${namespace}/${name} is not reached: ${why}`, {cause});
    }
  };

/** With a token of the namespace's reader account, where the API server gives us one: who may ask for it may read what searches keep there. */
async function openAs(client: ClusterClient, search: Reading['search'], place: ReaderPlace): Promise<BlobReader> {
  const asked = await askForToken(client, search.namespace);
  const token = asked.token === undefined ? {} : {token: asked.token};
  try {
    return await openBlobReader(place, {search, ...token});
  } catch (cause) {
    const why = (cause as Error).message;
    throw new Error(asked.refusal === undefined ? why : `${why} (without a token: ${asked.refusal})`, {cause});
  }
}

async function askForToken(
  client: ClusterClient,
  namespace: string,
): Promise<{readonly token?: string | undefined; readonly refusal?: string}> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${readerAccount}/token`;
  const spec = {audiences: [natsAudience], expirationSeconds: tokenSeconds};
  const body = {apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec};
  const answer = await client.request({method: 'POST', path, body});
  const {status, message} = answer.body as {readonly status?: {readonly token?: string}; readonly message?: string};
  if (answer.status < 300) return {token: status?.token};
  return {refusal: message ?? `the API server answered ${String(answer.status)}`};
}

async function readyPod(client: ClusterClient, namespace: string): Promise<Pod> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const {status, body} = await client.request({method: 'GET', path, query: {labelSelector: selector}});
  const {items = [], message = ''} = body as {readonly items?: readonly Pod[]; readonly message?: string};
  if (status !== 200) throw new Error(message === '' ? `the API server answered ${String(status)}` : message);
  const [pod] = items.filter(isReady);
  if (pod === undefined) throw new Error(`no Pod of NATS is ready in namespace ${namespace}`);
  return pod;
}

const isReady = ({status}: Pod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
