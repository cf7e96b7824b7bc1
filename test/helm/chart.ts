import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {parseAllDocuments} from 'yaml';

const run = promisify(execFile);
export const root = join(import.meta.dirname, '..', '..');
export const chart = join(root, 'helm', 'archsearch');

/** helm without a cluster: what it prints, or an error with its words. */
export async function helm(...args: readonly string[]): Promise<string> {
  const {stdout: binary} = await run(join(root, 'scripts', 'helm.sh'));
  const {stdout} = await run(binary.trim(), args, {maxBuffer: 1 << 26});
  return stdout;
}

export const template = (...options: readonly string[]): Promise<string> =>
  helm('template', 'archsearch', chart, '--namespace', 'archsearch-system', ...options);

/** An object of the chart, as far as tests look at it. */
export interface Rendered {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {readonly template?: {readonly spec: PodSpec}};
}
interface PodSpec {
  readonly containers: readonly {readonly name: string; readonly args?: readonly string[]}[];
}

export const objectsOf = (manifests: string): readonly Rendered[] =>
  parseAllDocuments(manifests)
    .map((document) => document.toJS() as Rendered | null)
    .filter((object) => object !== null);
