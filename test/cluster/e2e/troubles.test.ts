import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {graceSeconds, slackSeconds} from '../../../api/arithmetic.ts';
import type {TrialReason} from '../../../api/reasons.ts';
import type {Trial} from '../../../api/trial.ts';
import {kubectl, setPart, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {install, uninstall} from './installation.ts';
import {apply, listOf, shellSearch, untilOver} from './searches.ts';
import {Witness} from './witness.ts';

// Whatever becomes of a trial's container, it ends with its own reason, and its search with it.

interface Trouble {
  readonly name: string;
  readonly what: string;
  /** What the container runs; `exec` makes a command the container's first process. */
  readonly script: string;
  readonly reason: TrialReason;
  readonly message: RegExp;
  /** Of the first attempt, where the trial was tried again. */
  readonly first?: TrialReason;
  readonly image?: string;
  /** The one that is lost; the other one if left out. */
  readonly node?: 'node-b';
  /** Nobody knew when its container ended, so that its whole reservation is charged. */
  readonly endUnknown?: boolean;
}

const trialSeconds = 20;

const troubles: readonly Trouble[] = [
  {
    name: 'image',
    what: 'an image that does not exist',
    image: 'registry.local/nowhere:1',
    script: 'true',
    endUnknown: true,
    reason: 'ImagePull',
    message: /nowhere/,
  },
  {
    name: 'memory',
    what: 'more memory than there is',
    script: 'exec dd if=/dev/zero of=/dev/null bs=300M count=1',
    reason: 'OutOfMemory',
    message: /out of memory/,
  },
  {
    name: 'exit',
    what: 'an exit with 1',
    script: 'echo no luck today >&2; exit 1',
    reason: 'NoResult',
    message: /exited with 1.*no luck today/,
  },
  {
    name: 'silent',
    what: 'an end without a word',
    script: 'sleep 1',
    reason: 'NoResult',
    message: /exited with 0, without a result/,
  },
  {
    name: 'stubborn',
    what: 'a container that ignores SIGTERM past its deadline',
    script: "trap '' TERM; while true; do sleep 1; done",
    reason: 'DeadlineReached',
    message: /before its first epoch was complete/,
  },
  {
    name: 'gone',
    what: 'a node that is gone',
    node: 'node-b',
    script: 'exec sleep 3600',
    endUnknown: true,
    first: 'NodeLost',
    reason: 'DeadlineReached',
    message: /deadline/,
  },
];

const manifest = ({name, script, image, node}: Trouble): string =>
  shellSearch({
    name,
    script,
    limits: 'trials: 1, parallelTrials: 1, failedTrials: 1',
    trialDuration: `${String(trialSeconds)}s`,
    node: node ?? 'node-a',
    ...(image === undefined ? {} : {image}),
  });

describe('a trial that goes wrong ends with its own reason', {concurrency: troubles.length}, () => {
  const held: {namespace?: TestNamespace} = {};
  const namespace = (): string => held.namespace?.name ?? assert.fail('the namespace was not made');
  before(async () => {
    held.namespace = await TestNamespace.create('troubles', {'pod-security.kubernetes.io/enforce': 'restricted'});
    await install([namespace()]);
  });
  after(async () => {
    await held.namespace?.remove();
    await uninstall();
  });

  const trialOf = async (search: string): Promise<Trial> => {
    const trials = await listOf(namespace(), 'trials');
    return trials.find(({spec}) => spec.search === search) ?? assert.fail(`${search} has no trial`);
  };

  /** Its kubelet, if it has one of its own, falls silent once the Pod runs, and comes back when the trial was given up there. */
  async function loseNode({name, first, node}: Trouble): Promise<void> {
    if (node === undefined) return;
    await waitFor(`${name} runs`, 120, async () => {
      const {stdout} = await kubectl(['get', 'pods', '-n', namespace(), '-l', `archsearch.dev/search=${name}`]);
      return /1\/1 +Running/.test(stdout) ? true : undefined;
    });
    await setPart('kubelet', 'node-b', 'stop');
    try {
      await waitFor(`${name} is given up`, 240, async () => {
        const trial = await trialOf(name);
        return trial.status?.attempts?.[0]?.reason === first ? true : undefined;
      });
    } finally {
      await setPart('kubelet', 'node-b', 'start');
    }
  }

  async function account({name, endUnknown = false}: Trouble, witness: Witness): Promise<void> {
    const ledgers = await listOf(namespace(), 'gpuledgers');
    const {spec} = ledgers.find(({metadata}) => metadata.name === name) ?? assert.fail('no ledger');
    assert.deepEqual(spec.open, {}, 'no reservation is left');
    assert.equal(spec.overrun.gpuMilliseconds, 0, 'nothing cost more than was reserved');
    const used = Object.values(spec.used).reduce((sum, amount) => sum + amount.gpuMilliseconds, 0);
    if (endUnknown) {
      const [first] = (await trialOf(name)).status?.attempts ?? [];
      assert.equal(first?.gpuMilliseconds, 1000 * (trialSeconds + graceSeconds + slackSeconds + 1));
    } else assert.equal(used / 1000, witness.gpuSeconds, 'the ledger is the account that was kept from outside');
  }

  for (const trouble of troubles)
    test(trouble.what, async (context) => {
      const {name, reason, message, first = reason} = trouble;
      const witness = new Witness(namespace(), name);
      witness.start();
      context.after(() => witness.stop());
      await apply(namespace(), manifest(trouble));
      await loseNode(trouble);
      const search = await untilOver(namespace(), 400, name);
      await witness.stop();
      const {status} = await trialOf(name);
      const told = [search.status?.phase, status?.phase, status?.reason, status?.attempts?.[0]?.reason];
      assert.deepEqual(told, ['Failed', 'Failed', reason, first], JSON.stringify(status));
      assert.match(status?.message ?? '', message);
      await account(trouble, witness);
    });
});
