import {writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import type {Command} from 'commander';
import {RunDirectory} from '../operator/local/directory.ts';
import type {Output} from './output.ts';
import {CliError, createOutput, isOutputFormat, outputOf, outputTarget} from './output.ts';

interface ReportOptions {
  readonly namespace?: string;
  readonly systemNamespace: string;
  readonly nats?: string;
  readonly natsCa?: string;
  readonly context?: string;
}

export function register(program: Command): void {
  program
    .command('report')
    .summary('write the report of a run, or bring a search home from a cluster')
    .description(
      'Writes what became of a run as one HTML page that needs no network: was it worth it, what was found, how, what failed, every ' +
        'trial, and what is needed to have it again. It goes to RUN/report.html, or to the file that `-o FILE` names. A run that is under ' +
        'way can be looked at too.\n\nWith --namespace, RUN is the name of a search on the cluster: its run directory is brought home to ' +
        'the directory that `-o DIRECTORY` names, as `archsearch run` leaves it: every trial, the model of the winner, logs of failed ' +
        'trials, summary and report. Called again, it brings what is new.\n\nExamples:\n  archsearch report runs/digits\n' +
        '  archsearch report digits -n team-vision -o runs/digits-cluster',
    )
    .argument('<run>', 'the directory of a run; with --namespace, the name of a search')
    .option('-n, --namespace <name>', 'the namespace of a search on the cluster that the kubeconfig names')
    .option('--context <name>', 'another context of the kubeconfig than its current one')
    .option('--system-namespace <name>', 'where archsearch is installed on the cluster', 'archsearch-system')
    .option('--nats <url>', 'where NATS is reached from here; otherwise through the API server, as port-forward does')
    .option('--nats-ca <file>', 'certificates, in PEM, that the one of --nats is checked against')
    .action(async (run: string, options: ReportOptions, command: Command) => {
      const target = outputTarget(command);
      const output = isOutputFormat(target) ? outputOf(command) : createOutput('text');
      const path = isOutputFormat(target) ? undefined : target;
      if (options.namespace === undefined) await reportDirectory(new RunDirectory(run), path, output);
      else await bringHome({...options, name: run, namespace: options.namespace}, path, output);
    });
}

async function reportDirectory(run: RunDirectory, target: string | undefined, output: Output): Promise<void> {
  const path = await writeReport(run, target);
  output.result({kind: 'report', path}, path);
}

type HomeOptions = ReportOptions & {readonly name: string; readonly namespace: string};

async function bringHome(options: HomeOptions, target: string | undefined, output: Output): Promise<void> {
  // Loaded when it is asked for: no other command but `operator` waits for the clients of Kubernetes and NATS.
  const {reportCluster} = await import('./cluster-report.ts');
  const {name, namespace} = options;
  const directory = new RunDirectory(resolve(target ?? join('runs', namespace, name)));
  const home = await reportCluster(options, directory, output);
  const report = await tryReport(directory, output);
  const {lines, ...told} = home(report);
  output.result({kind: 'report', directory: directory.path, ...(report && {path: report}), ...told}, lines.join('\n'));
}

const reportPath = (directory: RunDirectory): string => directory.at('report.html');

/** Writes the report of a run and returns its path. */
async function writeReport(directory: RunDirectory, path = reportPath(directory)): Promise<string> {
  // Loaded when it is asked for: bundler and layout engine would make every other command wait.
  const {reportOf} = await import('../report/report.ts');
  const html = await reportOf(directory);
  if (html === undefined)
    throw new CliError(
      `${directory.path} holds no run`,
      'give the directory that `archsearch run` named at its end, or the name of a search with --namespace',
    );
  try {
    writeFileSync(path, html);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${path} cannot be written (${reason})`, 'give -o a file that you may write', {cause});
  }
  return path;
}

/** The report at the end of a run: that it could not be written is told, and does not make the run a failure. */
export async function tryReport(directory: RunDirectory, output: Output): Promise<string | undefined> {
  try {
    return await writeReport(directory);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    output.log(`the report was not written (${message}); \`archsearch report ${directory.path}\` tries again`);
    return undefined;
  }
}
