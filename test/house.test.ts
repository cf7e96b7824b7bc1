import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, dirname, join} from 'node:path';
import {describe, it} from 'node:test';
import {z} from 'zod';

// What holds the house together and no other gate looks at: the lock file, the scripts, and that the documents say what is there.

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const {scripts, license} = z
  .object({scripts: z.record(z.string(), z.string()), license: z.string()})
  .parse(JSON.parse(read('package.json')));

const tracked = execFileSync('git', ['ls-files'], {cwd: root, encoding: 'utf8'})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const documents = tracked.filter((path) => path.endsWith('.md'));
const codeOf = (path: string) => [...read(path).matchAll(/```[^`]*```|`[^`\n]+`/g)].map(([code]) => code);

describe('packages', () => {
  it('are locked without the address that they came from', () => {
    const lock = read('package-lock.json');
    assert.doesNotMatch(lock, /"resolved"/);
    assert.doesNotMatch(lock, /https?:[^"]*\.tgz/);
  });

  for (const setting of ['ignore-scripts=true', 'omit-lockfile-registry-resolved=true'])
    it(`are installed with ${setting}`, () => {
      assert.ok(read('.npmrc').split('\n').includes(setting));
    });

  it('name no registry in .npmrc', () => {
    assert.doesNotMatch(read('.npmrc'), /registry\s*=|\/\//);
  });
});

describe('scripts', () => {
  for (const name of ['demo', 'test', 'bench'])
    it(`set TensorFlow up before ${name}`, () => {
      assert.match(scripts[name] ?? '', /^npm run --silent setup && /);
    });

  it('need no pre or post hook: they do not run without install scripts', () => {
    const hooks = Object.keys(scripts).filter(
      (name) => /^(?:pre|post)/.test(name) && name.replace(/^(?:pre|post)/, '') in scripts,
    );
    assert.deepEqual(hooks, []);
  });
});

describe('documents', () => {
  for (const path of ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'])
    it(`include ${path}`, () => {
      assert.ok(documents.includes(path));
    });

  it('carry the license that package.json names', () => {
    assert.equal(license, 'Apache-2.0');
    assert.match(read('LICENSE'), /Apache License\s+Version 2\.0, January 2004/);
  });

  for (const path of documents) {
    it(`name only npm scripts that exist: ${path}`, () => {
      const named = codeOf(path).flatMap((code) => [...code.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)]);
      assert.deepEqual(
        named.map(([, name = '']) => name).filter((name) => !(name in scripts)),
        [],
      );
    });

    it(`name only commands that exist: ${path}`, () => {
      const named = codeOf(path).flatMap((code) => [...code.matchAll(/(?<=^|`|npx |\n)archsearch ([a-z]+)/g)]);
      const missing = named.map(([, name = '']) => name).filter((name) => !existsSync(join(root, 'cli', `${name}.ts`)));
      assert.deepEqual(missing, []);
    });

    it(`link and point only to files that exist: ${path}`, () => {
      const links = [...read(path).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link = '']) =>
        join(dirname(path), link),
      );
      const pointers = [...read(path).matchAll(/`([\w.-]+\/[\w./-]*)`/g)].map(([, pointer = '']) => pointer);
      const folders = readdirSync(root);
      const inTree = pointers.filter((pointer) => folders.includes(pointer.split('/')[0] ?? ''));
      assert.deepEqual(
        [...links, ...inTree].filter((target) => !existsSync(join(root, target))),
        [],
      );
    });
  }
});

describe('searches', () => {
  const archsearch = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, 'cli', 'main.ts'), ...args], {encoding: 'utf8'});
  const written = documents.flatMap((path) =>
    [...read(path).matchAll(/```yaml\n(.*?)```/gs)]
      .map(([, yaml = '']) => ({path, yaml}))
      .filter(({yaml}) => yaml.includes('kind: ArchitectureSearch')),
  );

  it('are shown in the README', () => {
    assert.ok(written.some(({path}) => path === 'README.md'));
  });

  for (const {path, yaml} of written)
    it(`are valid as ${path} shows them`, () => {
      const directory = mkdtempSync(join(tmpdir(), 'archsearch-house-'));
      try {
        writeFileSync(join(directory, 'search.yaml'), yaml);
        const {status, stdout, stderr} = archsearch('validate', join(directory, 'search.yaml'));
        assert.equal(status, 0, stdout + stderr);
      } finally {
        rmSync(directory, {recursive: true});
      }
    });

  it('are valid as examples/ has them', () => {
    const examples = tracked.filter((path) => /^examples\/.*\.yaml$/.test(path)).map((path) => join(root, path));
    assert.ok(examples.length > 0);
    const {status, stdout, stderr} = archsearch('validate', ...examples);
    assert.equal(status, 0, stdout + stderr);
  });
});

describe('text', () => {
  const texts = tracked.map((path) => ({path, text: read(path)})).filter(({text}) => !text.includes('\0'));

  for (const {rule, pattern} of [
    {rule: 'a path of one machine', pattern: /(?<![\w.$/-])\/(?:work|root|home\/\w+)\b(?=[/'"`\s)])/},
    {rule: 'a merge that was left half done', pattern: /^(?:<{7}|>{7}) /m},
  ])
    it(`holds no ${rule}`, () => {
      assert.deepEqual(
        texts.filter(({text}) => pattern.test(text)).map(({path}) => path),
        [],
      );
    });

  it('lies in files that are named for what is in them', () => {
    const vague = /^(?:utils?|helpers?|common|managers?|misc)\b/i;
    assert.deepEqual(
      tracked.filter((path) => vague.test(basename(path)) || vague.test(basename(dirname(path)))),
      [],
    );
  });
});
