import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';
import {parseDocument} from 'yaml';
import {call, kubeconfig, kubectl, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {prepare, testOptions, uninstall} from './installation.ts';
import {apply, searchOf, untilOver} from './searches.ts';

// docs/install.md, from its first command to its last, by an administrator in a checkout.

const run = promisify(execFile);
const project = join(import.meta.dirname, '..', '..', '..');
const guide = readFileSync(join(project, 'docs', 'install.md'), 'utf8');
const commands = [...guide.matchAll(/```sh\n(.*?)```/gs)].flatMap(([, block = '']) => block.trim().split('\n'));
const team = 'team-vision';

/** A checkout to walk through, with a smaller example. */
const walk = mkdtempSync(join(tmpdir(), 'archsearch-install-'));
const smaller: readonly (readonly [string, number])[] = [
  ['limits.trials', 4],
  ['estimation.maxEpochs', 2],
  ['preflight.trials', 1],
  ['selection.retrain', 1],
  ['selection.seeds', 1],
  ['selection.epochs', 2],
];
const example = join(walk, 'examples', 'digits.yaml');

function makeCheckout(): void {
  for (const name of readdirSync(project))
    if (!['runs', 'examples', 'archsearch.yaml', '.git'].includes(name))
      symlinkSync(join(project, name), join(walk, name));
  cpSync(join(project, 'examples'), join(walk, 'examples'), {recursive: true});
  const document = parseDocument(readFileSync(example, 'utf8'));
  for (const [path, value] of smaller) document.setIn(['spec', ...path.split('.')], value);
  writeFileSync(example, document.toString());
}

interface Step {
  /** What is so before the command. */
  readonly before?: () => Promise<unknown>;
  /** The command as this cluster takes it: its images are on the nodes already, and it is not ours alone. */
  readonly as?: (command: string) => string;
  readonly says?: RegExp;
  /** What is so afterwards. */
  readonly after?: () => Promise<unknown>;
}

const phaseOf = async (): Promise<string> => (await searchOf(team, 'digits')).status?.phase ?? '';
const untilPhase = (phase: string) =>
  waitFor(`the search is ${phase}`, 120, async () => ((await phaseOf()) === phase ? true : undefined));
const trialPods = ['get', 'pods', '--namespace', team, '--selector', 'archsearch.dev/search', '--output', 'name'];
const untilPodsAre = (there: boolean) =>
  waitFor(`Pods are ${there ? 'there' : 'gone'}`, 240, async () => {
    const {stdout} = await kubectl(trialPods);
    return (stdout.trim() !== '') === there ? true : undefined;
  });
const namespaceCode = async (): Promise<number> => (await call('GET', `/api/v1/namespaces/${team}`)).code;

/** By how the command begins. */
const steps: readonly (readonly [string, Step])[] = [
  ['kubectl get nodes', {says: /node-a +8\n/}],
  ['kubectl create namespace team-vision', {says: /created/}],
  [
    'helm install',
    {
      as: (command) =>
        `${command
          .replaceAll('registry.example.com/', '')
          .replace('helm install', 'helm upgrade --install')} ${testOptions.join(' ')}`,
      says: /STATUS: deployed/,
    },
  ],
  ['kubectl apply --namespace team-vision', {says: /digits created/, after: () => untilPodsAre(true)}],
  ['kubectl get archs,trials', {says: /architecturesearch\.archsearch\.dev\/digits/}],
  ['kubectl describe archs digits', {says: /Accepted/}],
  [
    'kubectl patch archs digits --namespace team-vision --type merge -p \'{"spec": {"suspend": true',
    {says: /patched/, after: () => untilPhase('Suspended')},
  ],
  [
    'kubectl patch archs digits --namespace team-vision --type merge -p \'{"spec": {"suspend": false',
    {
      says: /patched/,
      after: async () => {
        const search = await untilOver(team, 900, 'digits');
        assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
        assert.equal(search.spec.limits.gpuHours, 3);
      },
    },
  ],
  ['npx archsearch report digits', {says: /the model is in winner\//}],
  ['npx archsearch replay', {says: /every decision was reproduced/}],
  ['kubectl delete archs digits', {says: /"digits" deleted/}],
  ['kubectl delete archs --all', {as: (command) => command.replace('--all-namespaces', `--namespace ${team}`)}],
  [
    'helm uninstall',
    {
      // what is left to the glass: a search with a Pod that runs, and nobody who looks after it
      before: async () => {
        await apply(team, readFileSync(example, 'utf8'));
        await untilPodsAre(true);
      },
      as: (command) => `${command} --no-hooks`,
      says: /uninstalled/,
    },
  ],
  // the searches of other tests would go with them
  ['kubectl delete -f crds/', {as: (command) => `${command} --dry-run=server`, says: /deleted \(server dry run\)/}],
  [
    'kubectl get pods --namespace team-vision --selector archsearch.dev/search --output name | xargs',
    {
      before: async () => {
        await kubectl(['delete', 'namespace', team, '--wait=false']);
        assert.equal(await namespaceCode(), 200, 'it is held');
      },
      says: /patched/,
    },
  ],
  ['kubectl get trials --namespace team-vision --output name | xargs', {says: /patched/}],
  ['kubectl get gpuledgers', {}],
  [
    'kubectl get archs --namespace team-vision --output name | xargs',
    {
      after: () =>
        waitFor('the namespace is gone', 120, async () => ((await namespaceCode()) === 404 ? true : undefined)),
    },
  ],
];

describe('docs/install.md', {concurrency: false}, () => {
  before(async () => {
    makeCheckout();
    await prepare();
    const {stdout: helm} = await run(join(project, 'scripts', 'helm.sh'));
    mkdirSync(join(walk, 'bin'));
    symlinkSync(helm.trim(), join(walk, 'bin', 'helm'));
  });
  after(async () => {
    await new TestNamespace(team).remove();
    await uninstall();
    rmSync(walk, {recursive: true, force: true});
  });

  test('builds stages that the Dockerfile has, and pushes what it has built', () => {
    const stages = new Set(
      [...readFileSync(join(project, 'Dockerfile'), 'utf8').matchAll(/ AS (\S+)$/gm)].map(([, name]) => name),
    );
    const built = commands.flatMap((command) => [...command.matchAll(/docker build --target (\S+) --tag (\S+) \.$/g)]);
    const pushed = commands.flatMap((command) => [...command.matchAll(/docker push (\S+)$/g)]);
    for (const [, stage] of built) assert.ok(stages.has(stage), stage);
    assert.deepEqual(
      built.map(([, , tag]) => tag),
      pushed.map(([, tag]) => tag),
    );
    assert.equal(built.length, 2);
  });

  for (const command of commands.filter((line) => !line.startsWith('docker ')))
    test(`works: ${command.slice(0, 100)}`, async () => {
      const step = steps.find(([start]) => command.startsWith(start))?.[1];
      assert.ok(step, 'a command that is new in the guide needs a step here');
      await step.before?.();
      const path = [join(walk, 'bin'), process.env['PATH']].join(delimiter);
      const env = {...process.env, PATH: path, KUBECONFIG: kubeconfig};
      const {stdout} = await run('bash', ['-c', (step.as ?? String)(command)], {cwd: walk, env, maxBuffer: 1 << 26});
      assert.match(stdout, step.says ?? /^/);
      await step.after?.();
    });
});
