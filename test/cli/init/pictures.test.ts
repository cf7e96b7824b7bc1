import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {parseDocument} from 'yaml';
import {validateManifest} from '../../../api/validate.ts';
import {png} from '../../trial-runner/data/png-builder.ts';
import {archsearch, jsonLines} from '../archsearch.ts';
import {lastLine, run} from '../process.ts';

const folder = mkdtempSync(join(tmpdir(), 'archsearch-init-pictures-'));
after(() => {
  rmSync(folder, {recursive: true, force: true});
});

/** Pictures of stripes, 48 wide and 40 high: upright ones in one class, lying ones in the other; all differ. */
function stripes(perClass: number): string {
  const place = join(mkdtempSync(join(folder, 'case-')), 'Stripes 2');
  for (const [of, upright] of [
    ['upright', true],
    ['lying', false],
  ] as const) {
    mkdirSync(join(place, of), {recursive: true});
    for (let n = 0; n < perClass; n += 1) {
      const valueAt = (row: number, column: number, channel: number): number =>
        ((upright ? column : row) + n) % 16 < 8 ? 30 + n * 2 + channel * 20 : 200 - channel * 30;
      writeFileSync(
        join(place, of, `${String(n)}.png`),
        png({height: 40, width: 48, channels: n === 0 ? 1 : 3, valueAt}),
      );
    }
  }
  return place;
}

test('a search for a folder of pictures is written, says what was seen, and runs to a winner and a report', async () => {
  const place = stripes(20);
  const above = dirname(place);
  const initialized = archsearch(['init', 'Stripes 2', '--output', 'json'], {cwd: above});
  assert.equal(initialized.code, 0, initialized.stdout + initialized.stderr);
  const lines = jsonLines(initialized.stdout) as {kind: string; subject?: string; text?: string; command?: string}[];
  const told = Object.fromEntries(lines.map(({subject = '', text = ''}) => [subject, text]));
  assert.equal(told['pictures'], '40 pictures of 40 × 48 (height × width), 95% in color');
  assert.equal(told['target'], '2 classes: "lying" 20 (50%), "upright" 20 (50%)');
  assert.match(told['size'] ?? '', /^every picture is resized to 28 × 32/);
  assert.equal(lines.at(-1)?.command, "archsearch run search.yaml --mount 'data=./Stripes 2'");

  const text = readFileSync(join(above, 'search.yaml'), 'utf8');
  const {search, problems} = validateManifest(text, 'search.yaml');
  assert.deepEqual(
    problems.filter(({severity}) => severity === 'error'),
    [],
  );
  assert.equal(search?.metadata.name, 'stripes-2');
  assert.deepEqual(search.spec.dataset.imageFolder, {volume: {claim: 'data', path: '.'}, size: [28, 32]});

  const document = parseDocument(text);
  for (const [path, value] of [
    ['limits.trials', 2],
    ['estimation.maxEpochs', 2],
    ['preflight.trials', 1],
    ['selection.retrain', 1],
    ['selection.seeds', 1],
  ] as const)
    document.setIn(['spec', ...path.split('.')], value);
  writeFileSync(join(above, 'small.yaml'), document.toString());
  const words = ['run', join(above, 'small.yaml'), '--mount', `data=${place}`];
  const finished = await run([...words, '--directory', join(above, 'run'), '--output', 'json']);
  assert.equal(finished.code, 0, finished.stderr + finished.stdout);
  assert.equal(lastLine(finished)['phase'], 'Succeeded');
  const fitted = readFileSync(join(above, 'run', 'winner', 'preprocessing.json'), 'utf8');
  assert.match(fitted, /"names": ?\[\s*"lying",\s*"upright"\s*\]/);
  const report = readFileSync(join(above, 'run', 'report.html'), 'utf8');
  assert.match(report, /data \(40 pictures\)/);
  assert.ok(readdirSync(join(above, 'run', 'winner')).includes('saved_model'));
});
