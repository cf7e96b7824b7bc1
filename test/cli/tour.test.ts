import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {parseDocument} from 'yaml';

const project = fileURLToPath(new URL('../..', import.meta.url));
const tour = readFileSync(join(project, 'docs', 'tour.md'), 'utf8');
const commands = [...tour.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));

/** A checkout to walk through, without the files that others have left in this one. */
const walk = mkdtempSync(join(tmpdir(), 'archsearch-tour-'));
for (const name of readdirSync(project))
  if (!['runs', 'search.yaml', 'patients.csv', '.git'].includes(name))
    symlinkSync(join(project, name), join(walk, name));
mkdirSync(join(walk, 'runs'));
after(() => {
  rmSync(walk, {recursive: true, force: true});
});

/** The sizes of a search that a test waits for; everything else stands as `init` wrote it. */
const smaller: readonly (readonly [string, number])[] = [
  ['limits.trials', 2],
  ['estimation.maxEpochs', 2],
  ['preflight.trials', 1],
  ['selection.retrain', 1],
  ['selection.seeds', 1],
];

function shrink(): void {
  const file = join(walk, 'search.yaml');
  const document = parseDocument(readFileSync(file, 'utf8'));
  for (const [path, value] of smaller) document.setIn(['spec', ...path.split('.')], value);
  writeFileSync(file, document.toString());
}

/** What is done before a command, what it must say, and what it must leave. */
const steps: Readonly<
  Record<string, {readonly before?: () => void; readonly says?: RegExp; readonly leaves?: string}>
> = {
  'npm run setup': {},
  'gunzip -c trial-runner/data/files/breast-cancer.csv.gz > patients.csv': {leaves: 'patients.csv'},
  'npx archsearch init patients.csv': {says: /search\.yaml is written/, leaves: 'search.yaml'},
  'npx archsearch validate search.yaml': {says: /1 search valid/},
  'npx archsearch run search.yaml --mount data=.': {
    before: shrink,
    says: /patients: Succeeded[^]*report +.*report\.html\n$/,
    leaves: 'runs/patients/winner/model.json',
  },
  'npx archsearch report runs/patients': {says: /report\.html\n$/, leaves: 'runs/patients/report.html'},
  'npx archsearch replay runs/patients': {says: /every decision was reproduced\n$/},
};

test('the packages are there: this test runs from them', () => {
  assert.equal(commands[0], 'npm ci');
  assert.ok(existsSync(join(walk, 'node_modules')));
});

for (const command of commands.slice(1))
  test(`the tour's command works: ${command}`, () => {
    const step = steps[command];
    assert.ok(step, 'a command that is new in the tour needs a step here');
    step.before?.();
    const {status, stdout, stderr} = spawnSync(command, {shell: true, cwd: walk, encoding: 'utf8'});
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, step.says ?? /^/);
    assert.ok(step.leaves === undefined || existsSync(join(walk, step.leaves)));
  });

test('what the tour shows of init is what init says', () => {
  rmSync(join(walk, 'search.yaml'));
  const {stdout} = spawnSync('npx archsearch init patients.csv', {shell: true, cwd: walk, encoding: 'utf8'});
  const plain = (text: string): string => text.replaceAll(/about \d+ minutes/g, 'about some minutes');
  assert.ok(plain(tour).includes(plain(stdout)), stdout);
});
