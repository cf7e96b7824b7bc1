import {existsSync, statSync, writeFileSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {isDeepStrictEqual} from 'node:util';
import {fileURLToPath} from 'node:url';
import type {Command} from 'commander';
import {datasetVolume} from '../api/dataset.ts';
import {environment} from '../api/protocol.ts';
import type {ArchitectureSearch, SearchSpec} from '../api/search.ts';
import {validateManifest} from '../api/validate.ts';
import {RunDirectory} from '../operator/local/directory.ts';
import {LocalSearch} from '../operator/local/search.ts';
import type {Output} from './output.ts';
import {CliError, outputOf} from './output.ts';
import {createProgress, isWatched} from './progress.ts';
import type {Progress} from './progress.ts';
import {recordProvenance} from './provenance.ts';
import {tryReport} from './report.ts';
import {writeResults} from './results.ts';
import {openDirectory, putAside} from './run-directory.ts';
import {summarize, summaryLines} from './summary.ts';
import {lineOf, readText} from './validate.ts';

interface RunOptions {
  readonly mount: readonly string[];
  readonly directory?: string;
  readonly fresh: boolean;
  readonly eager: boolean;
  readonly live: boolean;
}

const root = fileURLToPath(new URL('..', import.meta.url));
const runner = join(root, 'trial-runner', 'main.ts');
const binding = join(root, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node');
const interruptedExitCode = 130;

export function register(program: Command): void {
  program
    .command('run')
    .summary('run a search on this machine')
    .description(
      'Runs the search of FILE on this machine, with the same plan, budget and trials as on a cluster. Ctrl-C stops it cleanly; the same ' +
        'command goes on where it was, after a crash too. In a terminal it shows how the search goes; into a pipe it writes a line for each ' +
        'trial.\n\nExamples:\n  archsearch run examples/digits.yaml\n  archsearch run search.yaml --mount data=./my-data',
    )
    .argument('<file>', 'a YAML file with one ArchitectureSearch')
    .option('--mount <claim=directory>', 'what a volume claim stands for on this machine (repeatable)', collect, [])
    .option('--directory <directory>', 'where the run is kept; runs/NAME if left out')
    .option('--fresh', 'put an earlier run of this search aside and start again', false)
    .option('--eager', 'train operation by operation instead of by compiled steps: slower, the reference', false)
    .option('--no-live', 'plain lines in a terminal too')
    .action(async (file: string, options: RunOptions, command: Command) => {
      process.exitCode = await run(file, options, outputOf(command));
    });
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

async function run(file: string, options: RunOptions, output: Output): Promise<number> {
  const text = readText(file);
  const search = parse(text, file, output);
  const mounts = mountsOf(options.mount, search.spec);
  requireTensorFlow();
  // The runners are children, which inherit it.
  if (options.eager) process.env[environment.eager] = '1';
  const directory = new RunDirectory(resolve(options.directory ?? join('runs', search.metadata.name)));
  if (options.fresh) putAside(directory, output);
  openDirectory(directory);
  try {
    const local = new LocalSearch({directory, runner, mounts});
    try {
      await begin(local, search, directory);
      writeFileSync(directory.manifest, text);
      await recordProvenance(directory, search.spec, mounts);
      const progress = createProgress(output, options.live && isWatched(process.stderr, process.env));
      return await finish(local, directory, {output, progress});
    } finally {
      await local.close();
    }
  } finally {
    directory.close();
  }
}

/** The one search of the file; its problems are told, and an error ends the run. */
function parse(text: string, file: string, output: Output): ArchitectureSearch {
  const {searches, problems} = validateManifest(text, file);
  for (const problem of problems) output.log(lineOf(problem));
  const errors = problems.filter(({severity}) => severity === 'error').length;
  if (errors > 0) throw new CliError(`${file} has errors`, 'mend what is listed above and run it again');
  const [search, ...others] = searches;
  if (search === undefined || others.length > 0)
    throw new CliError(
      `${file} holds ${String(searches.length)} searches`,
      'give a file with exactly one ArchitectureSearch',
    );
  if (search.spec.suspend) throw new CliError('spec.suspend is true: nothing would start', 'set spec.suspend to false');
  return search;
}

function mountsOf(given: readonly string[], spec: SearchSpec): Record<string, string> {
  const mounts = Object.fromEntries(given.map(parseMount));
  const volume = datasetVolume(spec.dataset);
  if (volume === undefined) return mounts;
  const directory = mounts[volume.claim];
  if (directory === undefined)
    throw new CliError(
      `the search reads the volume claim ${volume.claim}, which is not mounted`,
      `add --mount ${volume.claim}=DIRECTORY`,
    );
  if (!existsSync(join(directory, volume.path)))
    throw new CliError(
      `the search reads ${volume.path} of the volume claim ${volume.claim}, and ${directory} holds no such file`,
      `give --mount ${volume.claim}=DIRECTORY with the directory that holds it, or correct dataset.…volume.path`,
    );
  return mounts;
}

function parseMount(text: string): [string, string] {
  const [claim = '', ...rest] = text.split('=');
  const directory = resolve(rest.join('='));
  if (claim === '' || rest.length === 0)
    throw new CliError(`--mount ${text} is not CLAIM=DIRECTORY`, 'write it as --mount data=./my-data', {exitCode: 2});
  if (!existsSync(directory) || !statSync(directory).isDirectory())
    throw new CliError(`--mount ${text}: ${directory} is not a directory`, 'give a directory that exists');
  return [claim, directory];
}

function requireTensorFlow(): void {
  if (!existsSync(binding)) throw new CliError('TensorFlow is not set up', 'run `npm run setup` once, then this again');
}

/** Parts of a spec that may be edited while a search is under way. */
const editable = ['limits', 'suspend', 'ttlAfterFinished'];

async function begin(local: LocalSearch, search: ArchitectureSearch, directory: RunDirectory): Promise<void> {
  const existing = await local.existing();
  if (existing === undefined) {
    await local.create({...search, metadata: {...search.metadata, namespace: search.metadata.namespace ?? 'default'}});
    return;
  }
  const [old, wanted] = [existing.spec, search.spec] as unknown as Record<string, unknown>[];
  const parts = [...new Set([...Object.keys(old ?? {}), ...Object.keys(wanted ?? {})])];
  const differing = parts.find((part) => !editable.includes(part) && !isDeepStrictEqual(old?.[part], wanted?.[part]));
  if (differing !== undefined)
    throw new CliError(
      `${directory.path} holds a run of another search: spec.${differing} differs`,
      'run with --fresh to start again, or give another --directory',
    );
  const {namespace = 'default', name} = existing.metadata;
  if (!isDeepStrictEqual(existing.spec.limits, search.spec.limits))
    await local.edit({namespace, name}, {limits: search.spec.limits});
}

interface Telling {
  readonly output: Output;
  readonly progress: Progress;
}

async function finish(local: LocalSearch, directory: RunDirectory, {output, progress}: Telling): Promise<number> {
  const ended = await interruptible(progress, (signal) =>
    local.run(signal, (snapshot) => {
      progress.show(snapshot);
    }),
  ).finally(() => {
    progress.close();
  });
  const snapshot = await local.snapshot();
  writeResults(snapshot, directory);
  if (!ended) {
    output.result(
      {kind: 'interrupted', directory: directory.path},
      `interrupted: the same command goes on from ${directory.path}`,
    );
    return interruptedExitCode;
  }
  const summary = summarize(snapshot, directory.path);
  writeFileSync(directory.at('summary.json'), `${JSON.stringify(summary, undefined, 2)}\n`);
  const lines = summaryLines(snapshot, directory.path, await tryReport(directory, output));
  output.result({...summary}, lines.join('\n'));
  return snapshot.search.status?.phase === 'Succeeded' ? 0 : 1;
}

/** The first Ctrl-C (or SIGTERM) ends the run in order, the second at once. */
async function interruptible(progress: Progress, work: (signal: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    progress.say('stopping; the trials that run will be tried again (once more to stop at once)');
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
