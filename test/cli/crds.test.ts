import assert from 'node:assert/strict';
import {mkdtempSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {parse, parseAllDocuments} from 'yaml';
import {definitionOf, resources} from '../../api/crd.ts';
import {definitionFiles} from '../../cli/crds.ts';
import {archsearch, jsonLines} from './archsearch.ts';

const committed = new URL('../../crds/', import.meta.url);
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const definitions = resources().map((resource) => asJson(definitionOf(resource)));

test('the committed definitions are those that the schemas give (`archsearch crds --output crds` writes them)', () => {
  const files = definitionFiles();
  assert.deepEqual(readdirSync(committed).sort(), files.map((file) => file.name).sort());
  for (const {name, text} of files) assert.equal(readFileSync(new URL(name, committed), 'utf8'), text, name);
});

test('readers of YAML 1.1 and 1.2 read the same definitions', () => {
  for (const version of ['1.1', '1.2'] as const)
    assert.deepEqual(
      definitionFiles().map(({text}) => asJson(parse(text, {version}))),
      definitions,
    );
});

test('crds prints all definitions for kubectl, and JSON lines for programs', () => {
  const text = archsearch(['crds']).stdout;
  assert.deepEqual(
    parseAllDocuments(text).map((document) => document.toJS() as unknown),
    definitions,
  );
  assert.deepEqual(jsonLines(archsearch(['crds', '--output', 'json']).stdout), definitions);
});

test('crds --output DIRECTORY writes one file per resource', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-crds-'));
  const target = join(folder, 'new', 'place');
  const {code, stdout} = archsearch(['crds', '--output', target]);
  assert.equal(code, 0);
  assert.deepEqual(
    stdout.trim().split('\n'),
    definitionFiles().map((file) => join(target, file.name)),
  );
  for (const {name, text} of definitionFiles()) assert.equal(readFileSync(join(target, name), 'utf8'), text);
  rmSync(folder, {recursive: true});
});

test('a directory that cannot be made is told in one line with the remedy', () => {
  const {code, stderr} = archsearch(['crds', '--output', '/dev/null/crds']);
  assert.equal(code, 1);
  assert.match(stderr, /^error: \/dev\/null\/crds\/.*\.yaml cannot be written \(.*\); give --output a directory .*\n$/);
});
