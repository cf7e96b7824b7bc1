import assert from 'node:assert/strict';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {broken, soundManifest} from '../api/manifests.ts';
import {archsearch, jsonLines} from './archsearch.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-validate-'));
after(() => {
  rmSync(folder, {recursive: true});
});
const fileOf = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const digits = fileURLToPath(new URL('../../examples/digits.yaml', import.meta.url));

test('a valid file exits with 0 and says so', () => {
  assert.deepEqual(archsearch(['validate', digits]), {code: 0, stdout: '1 search valid\n', stderr: ''});
});

test('an error is one line with file, line, column, field, what was found and the remedy, and exits with 1', () => {
  const file = fileOf('broken.yaml', broken('maxEpochs: 12', 'maxEpochs: 0'));
  assert.deepEqual(archsearch(['validate', file]), {
    code: 1,
    stdout: `${file}:14:16  error  spec.estimation.maxEpochs: found 0; is too small; give at least 1\n1 error\n`,
    stderr: '',
  });
});

test('a warning alone exits with 0', () => {
  const file = fileOf('warned.yaml', broken('seeds: 3', 'seeds: 1'));
  const {code, stdout} = archsearch(['validate', file]);
  assert.equal(code, 0);
  assert.match(stdout, /warned\.yaml:25:12 {2}warning {2}spec\.selection\.seeds: found 1; .*\n1 search valid\n$/);
});

test('with --output json every problem is a line, and the last line sums up', () => {
  const file = fileOf('broken.json.yaml', broken('task: ImageClassification', 'task: Images'));
  const {code, stdout} = archsearch(['validate', file, digits, '--output', 'json']);
  assert.equal(code, 1);
  const [problem, summary] = jsonLines(stdout);
  assert.deepEqual(problem, {
    kind: 'problem',
    severity: 'error',
    file,
    line: 6,
    column: 9,
    field: 'spec.task',
    found: 'Images',
    message: 'is not among the choices',
    remedy: 'choose one of ImageClassification, TabularClassification, TabularRegression',
  });
  assert.deepEqual(summary, {kind: 'summary', files: 2, searches: ['digits'], errors: 1, warnings: 0});
});

test('- reads standard input', () => {
  assert.equal(archsearch(['validate', '-'], {input: soundManifest}).stdout, '1 search valid\n');
});

const failures: readonly (readonly [string, readonly string[], number, string])[] = [
  [
    'a file that is not there',
    ['validate', 'nowhere.yaml'],
    1,
    'nowhere.yaml cannot be read (ENOENT: no such file or directory); give the path of a YAML file',
  ],
  ['no file', ['validate'], 2, "missing required argument 'file'; see archsearch --help"],
  ['an unknown command', ['valid'], 2, "unknown command 'valid'; see archsearch --help"],
  [
    'an unknown format',
    ['validate', digits, '--output', 'xml'],
    2,
    '--output xml is no format; give --output text or json',
  ],
];
for (const [name, words, code, line] of failures)
  test(`${name} is told in one line with the remedy, without a stack`, () => {
    assert.deepEqual(archsearch(words), {code, stdout: '', stderr: `error: ${line}\n`});
  });

test('with --output json a failure is a line as well, and --debug shows the stack', () => {
  const {code, stdout, stderr} = archsearch(['validate', 'nowhere.yaml', '--output', 'json', '--debug']);
  assert.equal(code, 1);
  assert.deepEqual(jsonLines(stdout), [
    {
      kind: 'error',
      message: 'nowhere.yaml cannot be read (ENOENT: no such file or directory)',
      remedy: 'give the path of a YAML file',
    },
  ]);
  assert.match(stderr, /CliError: .*\n\s+at /);
  assert.match(stderr, /caused by Error: ENOENT/);
});

test('help and version exit with 0', () => {
  assert.match(archsearch(['--version']).stdout, /^\d+\.\d+\.\d+\n$/);
  const help = archsearch(['validate', '--help']);
  assert.equal(help.code, 0);
  assert.match(help.stdout, /Usage: archsearch validate/);
});
