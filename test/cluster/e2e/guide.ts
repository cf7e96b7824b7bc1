import {execFile} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {promisify} from 'node:util';
import {parseDocument} from 'yaml';
import {kubeconfig} from '../cluster.ts';

// A page of the documentation, walked through as its reader does: in a checkout, one command after the other.

const run = promisify(execFile);
const project = join(import.meta.dirname, '..', '..', '..');

/** A page's own words, from one heading of the second level to the next, or all of them. */
export function pageOf(name: string, heading?: string): string {
  const page = readFileSync(join(project, 'docs', name), 'utf8');
  if (heading === undefined) return page;
  const [, section] = page.split(`## ${heading}\n`);
  if (section === undefined) throw new Error(`docs/${name} has no section ${heading}`);
  return section.split('\n## ')[0] ?? '';
}

/** Commands, one a line. */
export const commandsOf = (page: string): readonly string[] =>
  [...page.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));

/** The text of a file that the page has its reader write: a block that begins with its name. */
export function fileOf(page: string, name: string): string {
  const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, block = '']) => block);
  const found = blocks.find((block) => block.startsWith(`# ${name}\n`));
  if (found === undefined) throw new Error(`the page has no file ${name}`);
  return found;
}

/** What examples/digits.yaml is made to be, so that a walk takes a minute and not an hour. */
const smaller: readonly (readonly [string, number])[] = [
  ['limits.trials', 4],
  ['estimation.maxEpochs', 2],
  ['preflight.trials', 1],
  ['selection.retrain', 1],
  ['selection.seeds', 1],
  ['selection.epochs', 2],
];

export interface Step {
  /** What is so before the command. */
  readonly before?: () => Promise<unknown>;
  /** The command as this cluster takes it: its images are on the nodes already, and it is not ours alone. */
  readonly as?: (command: string) => string;
  readonly says?: RegExp;
  /** What is so afterwards. */
  readonly after?: () => Promise<unknown>;
}

/** By how the command begins, in the order of the page; one that begins as another does comes before it. */
export type Steps = readonly (readonly [string, Step])[];

/** A checkout to walk through, with a smaller example. */
export class Walk {
  readonly folder = mkdtempSync(join(tmpdir(), 'archsearch-walk-'));
  readonly example = join(this.folder, 'examples', 'digits.yaml');

  /** Makes it; helm is in it where the machine has none. */
  async begin(): Promise<void> {
    for (const name of readdirSync(project))
      if (!['runs', 'examples', 'archsearch.yaml', '.git'].includes(name))
        symlinkSync(join(project, name), join(this.folder, name));
    cpSync(join(project, 'examples'), join(this.folder, 'examples'), {recursive: true});
    const document = parseDocument(readFileSync(this.example, 'utf8'));
    for (const [path, value] of smaller) document.setIn(['spec', ...path.split('.')], value);
    writeFileSync(this.example, document.toString());
    const {stdout: helm} = await run(join(project, 'scripts', 'helm.sh'));
    mkdirSync(join(this.folder, 'bin'));
    symlinkSync(helm.trim(), join(this.folder, 'bin', 'helm'));
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Takes a command's step: runs it, and looks at what it says. @throws Error when there is no step for it. */
  async take(command: string, steps: Steps): Promise<void> {
    const step = steps.find(([start]) => command.startsWith(start))?.[1];
    if (step === undefined) throw new Error('a command that is new in the guide needs a step here');
    await step.before?.();
    const path = [join(this.folder, 'bin'), process.env['PATH']].join(delimiter);
    const env = {...process.env, PATH: path, KUBECONFIG: kubeconfig};
    const line = (step.as ?? String)(command);
    const {stdout} = await run('bash', ['-c', line], {cwd: this.folder, env, maxBuffer: 1 << 26});
    const {says} = step;
    if (says !== undefined && !says.test(stdout)) throw new Error(`it does not say ${String(says)}, but: ${stdout}`);
    await step.after?.();
  }

  end(): void {
    rmSync(this.folder, {recursive: true, force: true});
  }
}
