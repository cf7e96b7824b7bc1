import {existsSync, writeFileSync} from 'node:fs';
import {basename, extname, isAbsolute, relative, resolve} from 'node:path';
import type {Command} from 'commander';
import {validateManifest} from '../api/validate.ts';
import {openBackend} from '../trial-runner/backend.ts';
import {decoderOf} from '../trial-runner/data/decoder.ts';
import {leaksOf} from '../trial-runner/data/leaks.ts';
import {load} from '../trial-runner/data/load.ts';
import type {Decoder} from '../trial-runner/data/pictures.ts';
import {TrialFailure} from '../trial-runner/failure.ts';
import {claim, counted, imbalanceRemarks, inspect, leakRemarks} from './init/findings.ts';
import type {Findings, Remark} from './init/findings.ts';
import {commandFor, manifestFor, minutes} from './init/manifest.ts';
import type {Parts} from './init/manifest.ts';
import {inspectPictures} from './init/pictures.ts';
import {planFor} from './init/plan.ts';
import type {Plan} from './init/plan.ts';
import {dataAt} from './init/source.ts';
import type {DataFile} from './init/source.ts';
import type {Output} from './output.ts';
import {CliError, createOutput, isOutputFormat, outputOf, outputTarget} from './output.ts';

interface InitOptions {
  readonly target?: string;
  readonly force: boolean;
}

export function register(program: Command): void {
  program
    .command('init')
    .summary('write a search for data of your own')
    .description(
      'Looks at a table, at arrays or at pictures (size, classes, missing values, imbalance, columns that cannot help, repeated examples, ' +
        'broken files) and writes a ' +
        'commented search that runs as it stands in a few minutes. `-o FILE` says where; search.yaml if left out.\n\n' +
        'Examples:\n  archsearch init customers.csv --target churned\n  archsearch init images.npz -o images.yaml\n  archsearch init pets/',
    )
    .argument(
      '<data>',
      'a CSV file with a header row, an .npz file, a folder that holds one of them, or a folder of pictures with a sub-folder per class',
    )
    .option('--target <column>', 'the column (of .npz: the array) to predict; guessed if left out')
    .option('--force', 'write over a file that is there', false)
    .action(async (path: string, options: InitOptions, command: Command) => {
      const target = outputTarget(command);
      const file = isOutputFormat(target) ? 'search.yaml' : target;
      await init(path, {...options, file}, isOutputFormat(target) ? outputOf(command) : createOutput('text'));
    });
}

type Options = InitOptions & {readonly file: string};

async function init(path: string, {target, force, file}: Options, output: Output): Promise<void> {
  if (existsSync(file) && !force)
    throw new CliError(`${file} is there already`, 'give another -o FILE, or --force to write over it');
  const data = dataAt(path);
  if (data.kind === 'imageFolder') checkOutside(data, file);
  const decoder = data.kind === 'imageFolder' ? await openDecoder() : undefined;
  const {findings, remarks, plan} = telling(data, () => examine(data, target, decoder));
  const parts = {name: nameFor(data), file, folder: data.folder, findings, remarks, plan};
  write(file, checked(parts));
  tell(parts, output);
}

/** A search among the folders of the classes would be refused as one of their pictures, and its run taken for a class. */
function checkOutside({folder}: DataFile, file: string): void {
  const way = relative(resolve(folder), resolve(file));
  if (way.startsWith('..') || isAbsolute(way)) return;
  throw new CliError(
    `${file} would lie among the pictures of ${folder}`,
    'give a file elsewhere with -o FILE, or do this from the directory above',
  );
}

/** Pictures are opened by what will open them in every trial. */
async function openDecoder(): Promise<Decoder> {
  try {
    return decoderOf(await openBackend(1));
  } catch (cause) {
    throw new CliError(
      'pictures are opened by TensorFlow, which is not set up',
      'run `npm run setup` once, then this again',
      {
        cause,
      },
    );
  }
}

type Examined = Pick<Parts, 'findings' | 'remarks' | 'plan'>;

/** Whatever would end every trial ends this first: the data is read, split and encoded as a trial would. */
function examine(data: DataFile, target: string | undefined, decoder?: Decoder): Examined {
  const findings = decoder === undefined ? inspect(data, target) : inspectPictures(data, target, decoder);
  const {plan, seconds} = probe(data, findings, decoder);
  const request = requestFor(findings, plan);
  const mounts = {[claim]: data.folder};
  const leaks = leaksOf(request, mounts, decoder);
  const remarks = [
    ...findings.remarks,
    ...imbalanceRemarks(findings.classes ?? []),
    ...leakRemarks(leaks),
    ...tooFew(leaks.testOf),
    ...tooSlow(plan),
    ...(seconds > slowToRead ? [{subject: 'reading', text: `takes every trial about ${seconds.toFixed(0)} s`}] : []),
  ];
  return {findings, remarks: remarks.map(({subject, text}) => ({subject, text: oneLine(text)})), plan};
}

const slowToRead = 3;

/** Names of columns and classes may hold anything; remarks stand in comments. */
const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');

interface Probe {
  readonly plan: Plan;
  /** That reading takes a trial. */
  readonly seconds: number;
}

function probe(data: DataFile, findings: Findings, decoder: Decoder | undefined): Probe {
  const maxExamples = decoder === undefined ? probedExamples : probedPictures;
  const request = requestFor(findings, {maxExamples});
  const start = process.cpuUsage();
  const {shape} = load(request, {[claim]: data.folder}, decoder);
  // of the processor and not of the clock: what else runs now says nothing about later
  const {user, system} = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  const {task, examples, classes = []} = findings;
  const given = {task, examples, input: shape.input, classes: classes.length};
  // a file is read whole whatever is used of it, pictures one by one
  if (decoder === undefined) return {plan: planFor({...given, loadSeconds: seconds}), seconds};
  const pictureSeconds = seconds / Math.min(examples, maxExamples);
  const plan = planFor({...given, loadSeconds: 0, pictureSeconds});
  return {plan, seconds: pictureSeconds * Math.min(examples, plan.maxExamples ?? examples)};
}

/** Enough to see every column's kind; no more are encoded before it is known how many are wanted. */
const probedExamples = 20_000;
const probedPictures = 200;

const requestFor = ({task, dataset}: Findings, {maxExamples}: Pick<Plan, 'maxExamples'>) => ({
  task,
  dataset: {...dataset, maxExamples, split: {validation: 0.2, test: 0.2}, seed: 0},
  dataFraction: 1,
});

const tooFew = (test: number): readonly Remark[] =>
  test >= 30
    ? []
    : [
        {
          subject: 'few',
          text: `the test split holds ${counted(test, 'example')}: expect a wide interval, and trust no small difference`,
        },
      ];

const tooSlow = ({estimatedSeconds}: Plan): readonly Remark[] =>
  estimatedSeconds <= 300
    ? []
    : [
        {
          subject: 'slow',
          text: `these inputs are large for two cores, expect ${minutes(estimatedSeconds)}; smaller ones, or a GPU, are faster`,
        },
      ];

/** A broken cell is told as a trial would tell it. */
function telling<T>({folder, file}: DataFile, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TrialFailure)) throw error;
    throw new CliError(error.message, `mend ${file === '.' ? folder : file} and run this again`, {cause: error});
  }
}

/** A name that Kubernetes takes, from that of the file or of the folder of pictures. */
function nameFor({folder, file}: DataFile): string {
  const named = file === '.' ? basename(resolve(folder)) : basename(file, extname(file));
  const plain = named
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'search' : plain;
}

/** What is written is valid, or it is our fault and not the user's. */
function checked(parts: Parts): string {
  const text = manifestFor(parts);
  const error = validateManifest(text, parts.file).problems.find(({severity}) => severity === 'error');
  if (error === undefined) return text;
  throw new Error(`the generated search is not valid: ${error.field}: found ${error.found}; ${error.message}`);
}

function write(file: string, text: string): void {
  try {
    writeFileSync(resolve(file), text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${file} cannot be written (${reason})`, 'give -o a file that you may write', {cause});
  }
}

function tell(parts: Parts, output: Output): void {
  for (const {subject, text} of parts.remarks)
    output.result({kind: 'remark', subject, text}, `${subject.padEnd(10)} ${text}`);
  const {file, findings, plan} = parts;
  const command = commandFor(parts);
  const {task, examples} = findings;
  const summary = {file, command, task, examples, estimatedSeconds: plan.estimatedSeconds};
  output.result(
    {kind: 'summary', ...summary},
    `${file} is written; to search for about ${minutes(plan.estimatedSeconds)}:\n  ${command}`,
  );
}
