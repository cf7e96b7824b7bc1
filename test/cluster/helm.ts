import {helm as helmAlone, template} from '../helm/chart.ts';
import {kubeconfig, kubectl} from './cluster.ts';

/** helm as cluster administrator, or as whom `--kube-as-user` says. Ends with what it printed; rejects with its words. */
export const helm = (...args: readonly string[]): Promise<string> => helmAlone('--kubeconfig', kubeconfig, ...args);

/** Puts what one template of the chart says on the cluster, and nothing else of it. */
export async function applyTemplate(name: string): Promise<void> {
  const manifests = await template('--show-only', `templates/${name}`);
  const options = ['--server-side', '--force-conflicts', '--validate=strict', '-f', '-'];
  const {code, stderr} = await kubectl(['apply', ...options], manifests);
  if (code !== 0) throw new Error(`${name} was refused: ${stderr}`);
}
