import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import {existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {builtinDatasets} from '../../api/dataset.ts';
import type {SearchSpec} from '../../api/search.ts';
import {builtinPath, recordProvenance} from '../../cli/provenance.ts';
import type {JournalEntry} from '../../operator/local/api-server.ts';
import {RunDirectory} from '../../operator/local/directory.ts';
import {readReportFiles} from '../../report/files.ts';
import {aSearch} from '../builders.ts';
import {snapshotOf, wholeRun} from '../report/runs.ts';
import {archsearch, jsonLines} from './archsearch.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'archsearch-report-'));
  const {snapshot} = wholeRun(20);
  const journal = [snapshot.search, ...snapshot.trials].map((object, rv) => {
    const {name, namespace = ''} = object.metadata;
    return JSON.stringify({rv, kind: object.kind, key: {namespace, name}, object} satisfies JournalEntry);
  });
  writeFileSync(join(folder, 'journal.jsonl'), journal.map((line) => `${line}\n`).join(''));
});
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

describe('archsearch report', () => {
  it('writes report.html into the directory of the run and names it', () => {
    const {code, stdout, stderr} = archsearch(['--output', 'json', 'report', folder]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(jsonLines(stdout), [{kind: 'report', path: join(folder, 'report.html')}]);
    const html = readFileSync(join(folder, 'report.html'), 'utf8');
    assert.match(html, /^<!doctype html>/);
    assert.match(html, /default-src 'none'/);
    assert.doesNotMatch(html, /<(?:script|link|img)[^>]+(?:src|href)=["']?https?:/);
  });

  it('writes it to the file that -o names', () => {
    const target = join(folder, 'elsewhere.html');
    const {code, stdout} = archsearch(['report', folder, '-o', target]);
    assert.deepEqual([code, stdout], [0, `${target}\n`]);
    assert.ok(existsSync(target));
  });

  for (const {name, words, says} of [
    {name: 'a directory without a run', words: () => ['report', tmpdir()], says: /holds no run/},
    {
      name: 'a file that cannot be written',
      words: () => ['report', folder, '-o', join(folder, 'no', 'x.html')],
      says: /cannot be written/,
    },
  ])
    it(`says what to do about ${name}`, () => {
      const {code, stderr} = archsearch(words());
      assert.equal(code, 1);
      assert.match(stderr, says);
      assert.equal(stderr.trimEnd().split('\n').length, 1, stderr);
    });
});

describe('what a run is made with', () => {
  for (const name of builtinDatasets)
    it(`includes the file of the built-in data set ${name}`, () => {
      assert.ok(existsSync(builtinPath(name)), builtinPath(name));
    });

  it('is one line for each start, with the hash of the data that it reads', async () => {
    const run = new RunDirectory(mkdtempSync(join(folder, 'run-')));
    writeFileSync(join(folder, 'rows.csv'), 'a,b\n1,2\n');
    const volume = {claim: 'data', path: 'rows.csv'};
    const dataset: SearchSpec['dataset'] = {
      ...aSearch().spec.dataset,
      builtin: undefined,
      csv: {volume, target: 'b', delimiter: ',', decimalMark: 'Point', ignore: []},
    };
    const {spec} = aSearch({spec: {dataset}});
    await recordProvenance(run, spec, {data: folder});
    await recordProvenance(run, spec, {});
    const {starts} = readReportFiles(run, snapshotOf([]));
    const sha256 = createHash('sha256').update('a,b\n1,2\n').digest('hex');
    assert.deepEqual(
      starts.map(({data}) => data),
      [[{name: 'data/rows.csv', bytes: 8, sha256}], []],
    );
    assert.equal(starts[0]?.node, process.version);
  });
});
