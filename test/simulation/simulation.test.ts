import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRules} from '../../operator/pod-view.ts';
import {strategies} from '../../search/strategies/index.ts';
import {controllerWith} from './operators.ts';
import {scenarioOf} from './scenarios.ts';
import {World} from './world.ts';
import type {WorldOptions} from './world.ts';

/** `ARCHSEARCH_SEED=n` replays one seed; `ARCHSEARCH_SEEDS=n` runs the seeds from 1 to n. */
const {ARCHSEARCH_SEED: replay, ARCHSEARCH_SEEDS: many = '90'} = process.env;
const fewestSteps = 100_000;

/** What must have happened in one of the seeds at least, or nothing is proven about it. */
const faults: Readonly<Record<string, RegExp>> = {
  'a crash before a call': /: crash before$/,
  'a crash after a call': /: crash after$/,
  'a write that outlives its process': /of a process that is no more arrives$/,
  'an answer that is lost': /: connection lost$/,
  'an answer that is late': /: the answer is late$/,
  'a heavy strategy that answers': /: think about \w+ after #$/,
  'a crash while a heavy strategy thinks': /: think about .*: crash (before|after)$/,
  'a heavy strategy’s thread that dies': /: think about .*: the thread dies$/,
  'an operator that stands still': /stands still$/,
  'an operator’s clock that jumps': /^the clock of .* jumps$/,
  'a watch that has missed too much': /has missed too much$/,
  'a watch that ends': /the watch of \w+ ends$/,
  'minutes in which nobody does anything': /^minutes pass$/,
  'a quota': /^an admin sets a quota/,
  'a policy': /^a policy forbids Pods$/,
  'a Pod that is called invalid': /^a webhook calls Pods invalid$/,
  'a lowered budget': /^an admin lowers the budget/,
  'a budget that is taken away': /^an admin takes a budget away/,
  'a budget that is put around a search under way': /^an admin puts all budgets around/,
  'an uninstall': /^an admin uninstalls archsearch$/,
  'an installation that finds searches under way': /^an admin installs archsearch again$/,
  'a namespace that is deleted': /^the namespace controller deletes ArchitectureSearch/,
  'a search that is deleted': /^a user deletes (search|first|second)$/,
  'a search that is applied again': /^a user applies .* again$/,
  'a Trial that is deleted': /^a user deletes \w+-c#$/,
  'a ledger that is deleted': /^a user deletes the ledger/,
  'a Pod that is deleted': /^a user deletes \w+-c#-#$/,
  'a Pod that is forced away': /^a user forces \w+-c#-# away$/,
  'a Trial that is forced away': /^a user forces the Trial .* away$/,
  'a deletion with more grace than there is': /with minutes of grace$/,
  'a Pod that is preempted': /is preempted$/,
  'a node that is cut off': /is cut off$/,
  'a node that returns': /returns$/,
  'a node that is gone for good': /is gone for good$/,
  'a node that is forgotten': /is gone and forgotten$/,
  'Pod GC': /^Pod GC collects/,
  'a stop that is lost': /^a stop is lost$/,
  'a stop that is overtaken': /^a stop is overtaken$/,
  'garbage on the bus': /^garbage arrives/,
  'a forged hint': /^a forged hint/,
};

/** Ends that searches must have come to, and what must have been found in ledgers. */
const ends: Readonly<Record<string, (world: World) => boolean>> = {
  'a heavy strategy that could not be asked': ({mirror}) =>
    mirror.searches().some(({status}) => status?.conditions?.some(({type}) => type === 'Stalled') === true),
  'an overrun': ({mirror}) => mirror.ledgers().some(({spec}) => spec.overrun.gpuMilliseconds > 0),
  'a node that was lost': ({trials}) => attempted(trials, 'NodeLost'),
  'an eviction': ({trials}) => attempted(trials, 'Evicted'),
  'an interruption': ({trials}) => attempted(trials, 'Interrupted'),
  'a budget that was used up': ({mirror}) =>
    mirror
      .searches()
      .some(({status}) => status?.conditions?.some(({message}) => message.includes('the budget team')) === true),
};
const attempted = ({all}: World['trials'], reason: string): boolean =>
  [...all.values()].some(({status}) => status?.attempts?.some((attempt) => attempt.reason === reason) === true);

const worldOf = (seed: number, changes: Partial<WorldOptions> = {}): World =>
  new World({...scenarioOf(seed), build: controllerWith(allRules), ...changes, seed});

test('searches of every shape come to their right end whatever crashes, is lost or is deleted', async (context) => {
  const seeds = replay === undefined ? Array.from({length: Number(many)}, (_, at) => at + 1) : [Number(replay)];
  const [happened, ended] = [new Set<string>(), new Set<string>()];
  let steps = 0;
  for (const seed of seeds) {
    const world = worldOf(seed);
    await world.run();
    steps += world.steps;
    for (const name of world.happened) happened.add(name);
    for (const [end, isSeen] of Object.entries(ends)) if (isSeen(world)) ended.add(end);
  }
  context.diagnostic(`seeds ${String(seeds[0])} to ${String(seeds.at(-1))}: ${String(steps)} steps`);
  if (replay !== undefined || seeds.length < 90) return;
  assert.ok(steps >= fewestSteps, `only ${String(steps)} steps`);
  const names = [...happened];
  const missed = Object.entries(faults).filter(([, fault]) => !names.some((name) => fault.test(name)));
  assert.deepEqual([...missed.map(([what]) => what), ...Object.keys(ends).filter((end) => !ended.has(end))], []);
});

/** The first seed in which some search is led, or none is, by a strategy that is asked on another thread. */
const seedWith = (heavy: boolean): number => {
  const heavyTypes = new Set(strategies.filter((row) => row.heavy === true).map(({type}) => type));
  const isHeavy = (seed: number) => scenarioOf(seed).searches.some(({spec}) => heavyTypes.has(spec.strategy.type));
  return Array.from({length: 100}, (_, at) => at + 1).find((seed) => isHeavy(seed) === heavy) ?? assert.fail();
};

for (const [way, heavy] of [
  ['Reading', false],
  ['Mirroring', false],
  ['Reading', true],
  ['Mirroring', true],
] as const)
  test(`the same seed is the same run (${way}, ${heavy ? 'heavy' : 'light'} strategies)`, async () => {
    const seed = seedWith(heavy);
    const [first, second] = [seed, seed].map((each) => worldOf(each, {operators: [way, way]}));
    await first?.run();
    await second?.run();
    assert.equal(second?.steps, first?.steps);
    assert.deepEqual(second?.mirror.trials(), first?.mirror.trials());
    assert.deepEqual(second?.mirror.ledgers(), first?.mirror.ledgers());
  });
