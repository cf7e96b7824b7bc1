import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {cpSync, existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {z} from 'zod';

// The gate is planted with one violation for each rule and must see every one: a cruiser that reads nothing also finds nothing.

const root = join(import.meta.dirname, '..');
const scripts = z
  .object({scripts: z.record(z.string(), z.string())})
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))).scripts;
const [command = '', ...folders] = (scripts['layers'] ?? '').split(' ');

const plants: readonly {rule: string; file: string; imports: string}[] = [
  {rule: 'layer-search', file: 'search/planted-layer.ts', imports: '../api/search.ts'},
  {rule: 'layer-api', file: 'api/planted.ts', imports: '../operator/ports.ts'},
  {rule: 'layer-operator', file: 'operator/planted-layer.ts', imports: '../trial-runner/planted-target.ts'},
  {rule: 'layer-trial-runner', file: 'trial-runner/planted-layer.ts', imports: '../operator/ports.ts'},
  {rule: 'layer-report', file: 'report/planted-layer.ts', imports: '../cli/output.ts'},
  {rule: 'layer-cli', file: 'cli/planted-layer.ts', imports: '../bench/bench.ts'},
  {rule: 'search-is-pure', file: 'search/spaces/planted-io.ts', imports: 'node:fs'},
  {rule: 'search-is-pure', file: 'search/strategies/planted-package.ts', imports: 'yaml'},
  {rule: 'plan-is-pure', file: 'operator/planning/planted.ts', imports: 'node:fs'},
  {rule: 'only-adapter-kubernetes', file: 'operator/planted-kubernetes.ts', imports: '@kubernetes/client-node'},
  {rule: 'only-adapter-nats', file: 'operator/planted-nats.ts', imports: 'nats'},
  {rule: 'only-adapter-nats', file: 'operator/cluster/planted-jwt.ts', imports: '@nats-io/jwt'},
  {rule: 'only-adapter-prometheus', file: 'operator/planted-prometheus.ts', imports: 'prom-client'},
  {rule: 'only-adapter-tensorflow', file: 'trial-runner/planted-tensorflow.ts', imports: '@tensorflow/tfjs-node-gpu'},
  {rule: 'no-circular', file: 'cli/planted-circle.ts', imports: './planted-circle-back.ts'},
  {rule: 'no-orphans', file: 'api/planted-orphan.ts', imports: ''},
  {rule: 'resolvable', file: 'cli/planted-missing.ts', imports: './not-there.ts'},
  {rule: 'declared', file: 'cli/planted-undeclared.ts', imports: 'acorn'},
  {rule: 'no-development-packages', file: 'cli/planted-development.ts', imports: 'fast-check'},
];

const report = z.object({
  summary: z.object({
    totalCruised: z.number(),
    violations: z.array(z.object({from: z.string(), to: z.string(), rule: z.object({name: z.string()})})),
  }),
});
type Summary = z.infer<typeof report>['summary'];

function cruise(directory: string): Summary {
  const run = spawnSync(join(root, 'node_modules/.bin', command), [...folders, '--output-type', 'json'], {
    cwd: directory,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.equal(run.stderr, '');
  return report.parse(JSON.parse(run.stdout)).summary;
}

/** A copy of all that is cruised, with the real configuration and packages. */
function copyOfTree(): string {
  const copy = mkdtempSync(join(tmpdir(), 'archsearch-layering-'));
  for (const path of [...folders, 'package.json', 'tsconfig.json', '.dependency-cruiser.cjs'])
    if (existsSync(join(root, path))) cpSync(join(root, path), join(copy, path), {recursive: true});
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

function plant(directory: string, file: string, source: string): void {
  mkdirSync(dirname(join(directory, file)), {recursive: true});
  writeFileSync(join(directory, file), source);
}

describe('layering', () => {
  let copy = '';
  let planted: Summary;

  before(() => {
    copy = copyOfTree();
    plant(copy, 'trial-runner/planted-target.ts', `import 'node:path';\n`);
    plant(copy, 'cli/planted-circle-back.ts', `import './planted-circle.ts';\n`);
    for (const {file, imports} of plants) plant(copy, file, imports === '' ? 'export {};\n' : `import '${imports}';\n`);
    planted = cruise(copy);
  });
  after(() => {
    rmSync(copy, {recursive: true, force: true});
  });

  it('cruises every layer of the tree', () => {
    assert.deepEqual(folders, [
      'search',
      'api',
      'operator',
      'trial-runner',
      'report',
      'cli',
      'test',
      'bench',
      'dashboards',
    ]);
    assert.ok(planted.totalCruised > plants.length + 20, `only ${planted.totalCruised} modules were read`);
  });

  for (const {rule, file, imports} of plants)
    it(`${rule} sees ${file} importing ${imports === '' ? 'nothing' : imports}`, () => {
      // A circle is reported once, from either of its files.
      const found = planted.violations
        .filter(({from, to}) => from === file || to === file)
        .map((violation) => violation.rule.name);
      assert.ok(found.includes(rule), `${file}: ${found.join(', ') || 'nothing found'}`);
    });

  it('sees type-only imports too', () => {
    plant(
      copy,
      'search/planted-type.ts',
      `import type {SearchSpec} from '../api/search.ts';\nexport type Planted = SearchSpec;\n`,
    );
    const names = cruise(copy)
      .violations.filter(({from}) => from === 'search/planted-type.ts')
      .map(({rule}) => rule.name);
    assert.ok(names.includes('layer-search'));
  });

  it('has a planted violation for every rule', () => {
    const {forbidden} = z
      .object({forbidden: z.array(z.object({name: z.string()}))})
      .parse(createRequire(import.meta.url)('../.dependency-cruiser.cjs'));
    const covered = new Set(plants.map(({rule}) => rule));
    assert.deepEqual(
      forbidden.map(({name}) => name).filter((name) => !covered.has(name)),
      [],
    );
  });
});
