import assert from 'node:assert/strict';
import {setTimeout as pause} from 'node:timers/promises';
import {eventually} from './world.ts';
import type {Cases, ContractWorld} from './world.ts';

export const watches: Cases = {
  'a watch sees every change from its start, in order': async (world) => {
    await world.createTrial('watched-before');
    const seen: string[] = [];
    const stop = world.api.watch('Trial', ({type, object}) => {
      if (object.metadata.name.startsWith('watched')) seen.push(`${type} ${object.metadata.name}`);
    });
    await eventuallyWatching(world);
    seen.length = 0;
    await world.createTrial('watched');
    await world.api.patchStatus('Trial', world.key('watched'), {phase: 'Running'});
    await world.api.patchStatus('Trial', world.key('watched'), {phase: 'Running'});
    await world.api.delete('Trial', world.key('watched'));
    await eventually(() => seen.includes('Deleted watched'), 'the deletion');
    stop();
    assert.deepEqual(seen, ['Added watched', 'Modified watched', 'Deleted watched']);
  },
  'a deletion that is watched has a newer version than the object ever had': async (world) => {
    const versions: [type: string, version: bigint][] = [];
    const stop = world.api.watch('Trial', ({type, object}) => {
      if (object.metadata.name === 'outdated') versions.push([type, BigInt(object.metadata.resourceVersion)]);
    });
    await eventuallyWatching(world);
    const {metadata} = await world.createTrial('outdated');
    await world.api.delete('Trial', world.key('outdated'));
    await eventually(() => versions.some(([type]) => type === 'Deleted'), 'the deletion');
    stop();
    const deleted = versions.find(([type]) => type === 'Deleted')?.[1] ?? 0n;
    assert.ok(deleted > BigInt(metadata.resourceVersion), String(versions));
  },
  'a watch that has ended is silent': async (world) => {
    let calls = 0;
    const stop = world.api.watch('Trial', () => calls++);
    await eventuallyWatching(world);
    stop();
    const before = calls;
    await world.createTrial('unwatched');
    await eventuallyWatching(world);
    assert.equal(calls, before);
  },
};

/** Creates and deletes a trial until another watch has seen one: by then a watch begun before is surely open. */
async function eventuallyWatching(world: ContractWorld): Promise<void> {
  const seen: string[] = [];
  const stop = world.api.watch('Trial', ({type, object}) => {
    if (object.metadata.name === 'probe-of-watch') seen.push(type);
  });
  for (let tries = 0; tries < 100 && seen.length === 0; tries++) {
    await world.createTrial('probe-of-watch');
    await world.api.delete('Trial', world.key('probe-of-watch'));
    await pause(10);
  }
  stop();
  assert.ok(seen.length > 0, 'the watch never opened');
}
