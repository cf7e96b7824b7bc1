import assert from 'node:assert/strict';
import {test} from 'node:test';
import {allRules} from '../../operator/pod-view.ts';
import {controllerWith} from './operators.ts';
import {scenarioOf} from './scenarios.ts';
import {World} from './world.ts';
import type {WorldOptions} from './world.ts';

/** `ARCHSEARCH_SEED=n` replays one seed; `ARCHSEARCH_SEEDS=n` runs the seeds from 1 to n. */
const {ARCHSEARCH_SEED: replay, ARCHSEARCH_SEEDS: many = '90'} = process.env;
const fewestSteps = 100_000;

const worldOf = (seed: number, changes: Partial<WorldOptions> = {}): World =>
  new World({...scenarioOf(seed), build: controllerWith(allRules), ...changes, seed});

test('searches of every shape come to their right end whatever crashes, is lost or is deleted', async (context) => {
  const seeds = replay === undefined ? Array.from({length: Number(many)}, (_, at) => at + 1) : [Number(replay)];
  let steps = 0;
  for (const seed of seeds) {
    const world = worldOf(seed);
    await world.run();
    steps += world.steps;
  }
  context.diagnostic(`seeds ${String(seeds[0])} to ${String(seeds.at(-1))}: ${String(steps)} steps`);
  assert.ok(replay !== undefined || seeds.length < 90 || steps >= fewestSteps, `only ${String(steps)} steps`);
});

for (const way of ['Reading', 'Mirroring'] as const)
  test(`the same seed is the same run (${way})`, async () => {
    const [first, second] = [3, 3].map((seed) => worldOf(seed, {operators: [way, way]}));
    await first?.run();
    await second?.run();
    assert.equal(second?.steps, first?.steps);
    assert.deepEqual(second?.mirror.trials(), first?.mirror.trials());
    assert.deepEqual(second?.mirror.ledgers(), first?.mirror.ledgers());
  });
