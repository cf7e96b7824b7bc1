import assert from 'node:assert/strict';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {soundManifest} from '../api/manifests.ts';
import {archsearch, jsonLines} from './archsearch.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'archsearch-failures-'));
const at = (...parts: string[]): string => join(folder, ...parts);
const digits = join(project, 'examples', 'digits.yaml');

const csvSearch = `apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata: {name: table}
spec:
  task: TabularClassification
  dataset: {csv: {volume: {claim: data, path: table.csv}, target: class}}
  objectives: [{metric: accuracy, goal: Maximize}]
  searchSpace: {type: Tabular}
  estimation: {maxEpochs: 2}
  limits: {trials: 2, gpuHours: 10}
`;

/** What stands in the folder before any command is run; a text is a file. */
const files: Readonly<Record<string, string>> = {
  'sound.yaml': soundManifest,
  'broken.yaml': soundManifest.replace('maxEpochs: 12', 'maxEpochs: 0'),
  'two.yaml': `${soundManifest}---\n${soundManifest.replace('name: digits', 'name: others')}`,
  'suspended.yaml': `${soundManifest}  suspend: true\n`,
  'table.yaml': csvSearch,
  'a-file': 'text',
  'foreign/notes.txt': 'not a run',
  'damaged/journal.jsonl': '{"rv":1}\nnonsense\n',
  'used/journal.jsonl': '',
  'used/lock': String(process.pid),
  'empty.csv': '',
  'header.csv': 'a,b,y\n',
  'numbers.csv': '1,2,3\n4,5,6\n',
  'single.csv': 'a,y\n1,p\n2,p\n3,p\n',
  'word.csv': `a,y\n${'1,p\n2,q\n'.repeat(10)}x,p\n`,
  'missing.csv': `a,y\n${'1,p\n2,q\n'.repeat(10)}3,\n`,
  'ragged.csv': 'a,y\n1,p\n1,2,q\n',
  'data.json': '{}',
  'broken.npz': 'no archive',
  'several/a.csv': 'a,y\n1,2\n',
  'several/b.csv': 'a,y\n1,2\n',
  'pictures/cat/1.png': '',
  'pictures/dog/1.png': 'no picture',
  'stray/cat/1.png': '',
  'stray/dog/1.png': '',
  'stray/notes.txt': '',
  'alone/cat/1.png': '',
};

before(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(at(name), '..'), {recursive: true});
    writeFileSync(at(name), text);
  }
  mkdirSync(at('nothing'));
});
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

interface Row {
  readonly what: string;
  readonly words: readonly string[];
  readonly code?: number;
  /** What stands behind `error: `. */
  readonly line: RegExp;
}
const rows: readonly Row[] = [
  {what: 'no command', words: ['serch'], code: 2, line: /unknown command 'serch'; see archsearch --help/},
  {what: 'an unknown option', words: ['run', digits, '--fast'], code: 2, line: /unknown option '--fast'; see/},
  {what: 'run without a file', words: ['run'], code: 2, line: /missing required argument 'file'; see/},
  {
    what: 'run of a file that is not there',
    words: ['run', 'no.yaml'],
    line: /no\.yaml cannot be read \(ENOENT.*; give/,
  },
  {what: 'run of a directory', words: ['run', folder], line: /cannot be read \(EISDIR.*; give the path of a YAML file/},
  {what: 'run of a broken search', words: ['run', at('broken.yaml')], line: /broken\.yaml has errors; mend what is/},
  {what: 'run of two searches', words: ['run', at('two.yaml')], line: /holds 2 searches; give a file with exactly one/},
  {what: 'run of a suspended search', words: ['run', at('suspended.yaml')], line: /spec\.suspend is true.*; set spec/},
  {
    what: 'run without the mount that the data needs',
    words: ['run', at('table.yaml')],
    line: /reads the volume claim data, which is not mounted; add --mount data=DIRECTORY/,
  },
  {
    what: 'run with a mount that is none',
    words: ['run', at('table.yaml'), '--mount', 'data'],
    code: 2,
    line: /--mount data is not CLAIM=DIRECTORY; write it as --mount data=\.\/my-data/,
  },
  {
    what: 'run with a mount of a file',
    words: ['run', at('table.yaml'), '--mount', `data=${at('a-file')}`],
    line: /a-file is not a directory; give a directory that exists/,
  },
  {
    what: 'run with a mount that lacks the file',
    words: ['run', at('table.yaml'), '--mount', `data=${at('nothing')}`],
    line: /reads table\.csv of the volume claim data, and .*nothing holds no such file; give --mount/,
  },
  {
    what: 'run in a directory that cannot be made',
    words: ['run', digits, '--directory', '/dev/null/run'],
    line: /\/dev\/null\/run cannot be used as a run directory \(E.*; give --directory/,
  },
  {
    what: 'run in a file',
    words: ['run', digits, '--directory', at('a-file')],
    line: /a-file cannot be used as a run directory \(ENOTDIR.*; give --directory/,
  },
  {
    what: 'run in a directory of other files',
    words: ['run', digits, '--directory', at('foreign')],
    line: /foreign holds other files \(notes\.txt\) and no run; give --directory a new or empty directory/,
  },
  {
    what: 'run in a directory that is in use',
    words: ['run', digits, '--directory', at('used')],
    line: /used is in use by process \d+; wait for it, end it, or give another --directory/,
  },
  {
    what: 'run --fresh in a directory that is in use',
    words: ['run', digits, '--fresh', '--directory', at('used')],
    line: /used is in use by process \d+; wait/,
  },
  {
    what: 'run in a damaged directory',
    words: ['run', digits, '--directory', at('damaged')],
    line: /damaged\/journal\.jsonl:1 is not a journal entry: the run directory is damaged; .*--fresh/,
  },
  {what: 'replay of nothing', words: ['replay', at('nothing')], line: /nothing holds no run; give the directory that/},
  {what: 'replay of what is not there', words: ['replay', at('nowhere')], line: /nowhere holds no run; give/},
  {what: 'replay of a file', words: ['replay', at('a-file')], line: /a-file holds no run; give/},
  {what: 'replay of a damaged run', words: ['replay', at('damaged')], line: /damaged; .*--fresh/},
  {what: 'report of nothing', words: ['report', at('nothing')], line: /nothing holds no run; give the directory that/},
  {what: 'report of a damaged run', words: ['report', at('damaged')], line: /damaged; .*--fresh/},
  {what: 'validate of a file that is not there', words: ['validate', 'no.yaml'], line: /cannot be read.*; give/},
  {
    what: 'crds into a file',
    words: ['crds', '--output', at('a-file')],
    line: /cannot be written \(.*\); give --output/,
  },
  {what: 'init without data', words: ['init'], code: 2, line: /missing required argument 'data'; see/},
  {what: 'init of what is not there', words: ['init', 'no.csv'], line: /no\.csv does not exist; give a CSV or \.npz/},
  {
    what: 'init of another format',
    words: ['init', at('data.json')],
    line: /no data that is known; give a file that ends/,
  },
  {
    what: 'init of an empty folder',
    words: ['init', at('nothing')],
    line: /no file of data \(it is empty\); put one there/,
  },
  {
    what: 'init of several files',
    words: ['init', at('several')],
    line: /several files of data \(a\.csv, b\.csv\); give one/,
  },
  {
    what: 'init of broken pictures',
    words: ['init', at('pictures')],
    line: /pictures holds 2 pictures that cannot be read: cat\/1\.png \(.*\), dog\/1\.png \(.*\); save them again/,
  },
  {
    what: 'init of pictures with a file beside the classes',
    words: ['init', at('stray')],
    line: /notes\.txt lies beside the folders of the classes; move.*; mend .*stray/,
  },
  {
    what: 'init into the pictures',
    words: ['init', at('pictures'), '-o', at('pictures/search.yaml')],
    line: /search\.yaml would lie among the pictures of .*; give a file elsewhere/,
  },
  {
    what: 'init of one class',
    words: ['init', at('alone')],
    line: /one sub-folder, cat; give one for each of two or more/,
  },
  {
    what: 'init of pictures with a target',
    words: ['init', at('pictures'), '--target', 'kind'],
    line: /--target kind names a column or an array, and .* holds pictures; leave it out/,
  },
  {
    what: 'init of an empty file',
    words: ['init', at('empty.csv')],
    line: /the file is empty; give a header row and data/,
  },
  {what: 'init of a header', words: ['init', at('header.csv')], line: /there is a header but no data row/},
  {
    what: 'init of a table without header',
    words: ['init', at('numbers.csv')],
    line: /first row holds numbers.*; add a header/,
  },
  {
    what: 'init with one class',
    words: ['init', at('single.csv')],
    line: /every target is "p"; classification needs two/,
  },
  {
    what: 'init with a word among numbers',
    words: ['init', at('word.csv')],
    line: /row 21 \(line 22\), column "a": found "x"/,
  },
  {
    what: 'init with a missing target',
    words: ['init', at('missing.csv')],
    line: /row 21 \(line 22\), column "y": found ""/,
  },
  {
    what: 'init of uneven rows',
    words: ['init', at('ragged.csv')],
    line: /line 3; make every row as wide as the header/,
  },
  {
    what: 'init with an unknown target',
    words: ['init', at('word.csv'), '--target', 'z'],
    line: /no column "z"; the header has a, y/,
  },
  {
    what: 'init of no archive',
    words: ['init', at('broken.npz')],
    line: /not an \.npz archive; save it with numpy\.savez/,
  },
  {
    what: 'init over a file',
    words: ['init', at('word.csv'), '-o', at('a-file')],
    line: /a-file is there already; give another -o FILE, or --force/,
  },
  {
    what: 'simulate without a space',
    words: ['simulate'],
    code: 2,
    line: /required option.*; see archsearch --help/,
  },
];

for (const {what, words, code = 1, line} of rows)
  test(`${what} is told in one line with what to do, exit code ${String(code)}, no stack`, () => {
    const ran = archsearch(words, {cwd: folder});
    const last = ran.stderr.trimEnd().split('\n').at(-1) ?? '';
    assert.match(last, /^error: .+; .+$/);
    assert.match(last, line);
    assert.equal(ran.code, code);
    assert.doesNotMatch(ran.stderr, /\n\s+at |unexpected/);
  });

test('a failure with --output json is one JSON line, and --debug shows the stack', () => {
  const {code, stdout, stderr} = archsearch(['replay', at('damaged'), '--output', 'json', '--debug']);
  const [failure] = jsonLines(stdout) as {kind: string; message: string; remedy: string}[];
  assert.deepEqual([code, failure?.kind], [1, 'error']);
  assert.match(failure?.message ?? '', /damaged/);
  assert.match(stderr, /DamagedJournal.*\n\s+at /);
});

test('nothing that failed left a file behind', () => {
  assert.ok(!readdirSync(folder).includes('search.yaml'));
  assert.equal(readFileSync(at('a-file'), 'utf8'), 'text');
  assert.deepEqual(readdirSync(at('foreign')), ['notes.txt']);
});

test('without TensorFlow run says how to have it', () => {
  const copy = at('copy');
  for (const name of ['search', 'api', 'operator', 'trial-runner', 'report', 'cli', 'package.json'])
    cpSync(join(project, name), join(copy, name), {recursive: true});
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(project, 'node_modules')))
    if (name !== '@tensorflow') symlinkSync(join(project, 'node_modules', name), join(copy, 'node_modules', name));
  const {code, stderr} = archsearch(['run', digits], {cli: join(copy, 'cli', 'main.ts'), cwd: folder});
  assert.deepEqual([code, stderr], [1, 'error: TensorFlow is not set up; run `npm run setup` once, then this again\n']);
});

const commands = ['init', 'run', 'validate', 'simulate', 'replay', 'report', 'crds', 'operator'];
test('help names every command, and gives examples', () => {
  const {code, stdout} = archsearch(['--help']);
  assert.equal(code, 0);
  for (const command of commands) assert.match(stdout, new RegExp(`^ {2}${command} `, 'm'));
  assert.match(stdout, /Examples:\n {2}archsearch run examples\/digits\.yaml/);
});
for (const command of commands)
  test(`the help of ${command} has an example of it`, () => {
    const {code, stdout} = archsearch([command, '--help']);
    assert.equal(code, 0);
    assert.match(stdout.replaceAll(/\s+/g, ' '), new RegExp(`Examples?: .*archsearch ${command} ?`));
  });
