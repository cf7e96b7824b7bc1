import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRules} from '../../operator/pod-view.ts';
import type {ProtocolRules} from '../../operator/pod-view.ts';
import {controllerWith} from './operators.ts';
import {scenarioOf} from './scenarios.ts';
import {Violation, World} from './world.ts';
import type {WorldOptions} from './world.ts';

/** `ARCHSEARCH_SEED=n` replays one seed; `ARCHSEARCH_SEEDS=n` runs the seeds from 1 to n. */
const {ARCHSEARCH_SEED: replay, ARCHSEARCH_SEEDS: many = '80'} = process.env;
const fewestSteps = 20_000;

type Rule = typeof allRules extends ReadonlySet<infer Name> ? Name : never;

function worldOf(seed: number, changes: Partial<WorldOptions> = {}, rules: ProtocolRules = allRules): World {
  return new World({...scenarioOf(seed), ...changes, seed, build: controllerWith(rules)});
}

test('searches of every shape come to their right end whatever crashes, is lost or is deleted', async (context) => {
  const seeds = replay === undefined ? Array.from({length: Number(many)}, (_, at) => at + 1) : [Number(replay)];
  let steps = 0;
  for (const seed of seeds) {
    const world = worldOf(seed);
    await world.run();
    steps += world.steps;
  }
  context.diagnostic(`seeds ${String(seeds[0])} to ${String(seeds.at(-1))}: ${String(steps)} steps`);
  assert.ok(replay !== undefined || steps >= fewestSteps, `only ${String(steps)} steps`);
});

test('the same seed is the same run', async () => {
  const [first, second] = [worldOf(3), worldOf(3)];
  await first.run();
  await second.run();
  assert.equal(second.steps, first.steps);
  assert.deepEqual(second.mirror.trials(), first.mirror.trials());
  assert.deepEqual(second.mirror.ledgers(), first.mirror.ledgers());
});

/** What makes the race likely that a rule of the budget protocol is there for, and what happens without the rule. */
const rules: Readonly<Record<Rule, {readonly pressure: WorldOptions['pressure']; readonly violation: RegExp}>> = {
  order: {
    pressure: {podDeletions: 0.5, standstills: 0.5},
    violation: /is admitted again after it was charged|is admitted though its Pod is gone/,
  },
  bump: {
    pressure: {podDeletions: 0.5, standstills: 0.5},
    violation: /is admitted though its Pod is gone|is reserved though its Pod left the regular way/,
  },
  uid: {
    pressure: {podDeletions: 0.5, standstills: 0.5},
    violation: /is bound without a reservation|is reserved though its Pod left the regular way/,
  },
  mark: {pressure: {}, violation: /x/},
  markrv: {pressure: {}, violation: /x/},
  everywhere: {pressure: {}, violation: /x/},
  settled: {pressure: {}, violation: /x/},
  gone: {pressure: {}, violation: /x/},
  report: {pressure: {losses: 0.3}, violation: /used \d+, charged \d+/},
};

/** The first violation of this kind in any of the seeds. */
async function firstViolation(kind: RegExp, changes: Partial<WorldOptions>, inForce: ProtocolRules): Promise<string> {
  for (let seed = 1; seed <= 100; seed++) {
    try {
      await worldOf(seed, changes, inForce).run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (kind.test(error.message)) return error.message;
    }
  }
  return 'nothing';
}

for (const [name, {pressure, violation}] of Object.entries(rules)) {
  const searches = scenarioOf(1).searches;
  const changes: Partial<WorldOptions> = {
    searches,
    pressure: pressure ?? {},
    operators: ['Reading', 'Reading'],
    force: false,
    deletes: false,
  };

  test(`without the rule "${name}" of the budget protocol, the audit finds a violation`, async () => {
    const without = new Set([...allRules].filter((rule) => rule !== name));
    assert.match(await firstViolation(violation, changes, without), violation);
  });
}
