import {openBlobReader} from '../../operator/bus.ts';
import type {BlobReader} from '../../operator/bus.ts';
import type {ClusterClient} from '../../operator/kubernetes.ts';
import type {Pod} from '../../api/pod.ts';

const selector = 'app.kubernetes.io/name=archsearch,app.kubernetes.io/component=nats';
const natsPort = 4222;

/** NATS as the chart runs it, reached through the API server, by the rights of whoever asks. */
export const natsThroughCluster =
  (client: ClusterClient, namespace: string): (() => Promise<BlobReader>) =>
  async () => {
    const name = await readyPod(client, namespace);
    let trouble = '';
    const tunnel = await client.forward({namespace, name, port: natsPort}, (why) => (trouble = why));
    try {
      const reader = await openBlobReader(`nats://127.0.0.1:${String(tunnel.port)}`);
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

async function readyPod(client: ClusterClient, namespace: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const {status, body} = await client.request({method: 'GET', path, query: {labelSelector: selector}});
  const {items = [], message = ''} = body as {readonly items?: readonly Pod[]; readonly message?: string};
  if (status !== 200) throw new Error(message === '' ? `the API server answered ${String(status)}` : message);
  const [pod] = items.filter(isReady);
  if (pod === undefined) throw new Error(`no Pod of NATS is ready in namespace ${namespace}`);
  return pod.metadata.name;
}

const isReady = ({status}: Pod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;
