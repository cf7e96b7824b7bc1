import assert from 'node:assert/strict';
import {test} from 'node:test';
import {mutations} from './mutations.ts';
import type {Mutation} from './mutations.ts';
import {scenarioOf} from './scenarios.ts';
import {Violation, World} from './world.ts';
import type {WorldOptions} from './world.ts';

/** Nothing but what a mutation asks for goes wrong; what it breaks shows before the world calms down. */
const otherwiseQuiet: Partial<WorldOptions> = {
  searches: scenarioOf(1).searches,
  operators: ['Reading', 'Reading'],
  budgets: {},
  force: false,
  deletes: false,
  refuses: false,
  forgets: false,
  unguarded: false,
  uninstalls: false,
  stormySteps: 4000,
  calmSteps: 0,
};

/** The first violation of the kind that is looked for in any of the seeds. */
async function firstViolation({build, changes, violation}: Mutation): Promise<string> {
  for (let seed = 1; seed <= 150; seed++) {
    try {
      await new World({...scenarioOf(seed), ...otherwiseQuiet, ...changes, build, seed}).run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      if (violation.test(error.what)) return error.what;
    }
  }
  return 'nothing';
}

for (const [name, mutation] of Object.entries(mutations))
  test(`without the rule "${name}" of the budget protocol, the audit finds its accident`, async () => {
    assert.match(await firstViolation(mutation), mutation.violation);
  });
