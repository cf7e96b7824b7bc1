import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {kubeconfig, kubectl} from './cluster.ts';

const run = promisify(execFile);
const project = join(import.meta.dirname, '..', '..');
export const chart = join(project, 'helm', 'archsearch');

/** helm as cluster administrator, or as whom `--kube-as-user` says. Ends with what it printed; rejects with its words. */
export async function helm(...args: readonly string[]): Promise<string> {
  const {stdout: binary} = await run(join(project, 'scripts', 'helm.sh'));
  const {stdout} = await run(binary.trim(), ['--kubeconfig', kubeconfig, ...args], {maxBuffer: 1 << 26});
  return stdout;
}

/** Puts what one template of the chart says on the cluster, and nothing else of it. */
export async function applyTemplate(name: string): Promise<void> {
  const manifests = await helm('template', 'archsearch', chart, '--show-only', `templates/${name}`);
  const options = ['--server-side', '--force-conflicts', '--validate=strict', '-f', '-'];
  const {code, stderr} = await kubectl(['apply', ...options], manifests);
  if (code !== 0) throw new Error(`${name} was refused: ${stderr}`);
}
