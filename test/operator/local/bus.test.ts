import assert from 'node:assert/strict';
import {it} from 'node:test';
import {busContract} from '../../contract/bus.ts';
import {openLocalBus} from '../../contract/bus/local.ts';

busContract('The bus of local mode', openLocalBus);

it('The bus of local mode forgets a Pod whose process has ended', async () => {
  const world = await openLocalBus();
  const runner = world.runner();
  runner.epoch({epoch: 1, values: {}});
  while (world.bus.hints().size === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  await runner.end();
  assert.equal(world.bus.hints().size, 0);
  await world.close();
});
