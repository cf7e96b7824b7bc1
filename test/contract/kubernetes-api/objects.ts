import assert from 'node:assert/strict';
import {refused} from './world.ts';
import type {Cases} from './world.ts';

export const objects: Cases = {
  'create assigns uid, version, creation time and generation': async (world) => {
    const {metadata} = await world.createTrial('born');
    assert.ok(metadata.uid.length > 0 && metadata.resourceVersion.length > 0);
    assert.ok(Number.isFinite(Date.parse(metadata.creationTimestamp)));
    assert.equal(metadata.generation, 1);
  },
  'what was created can be read and is listed': async (world) => {
    const created = await world.createTrial('seen');
    assert.deepEqual(await world.api.get('Trial', world.key('seen')), created);
    const listed = await world.api.list('Trial', world.server.namespace);
    assert.deepEqual(listed.find((trial) => trial.metadata.name === 'seen')?.metadata, created.metadata);
  },
  'what does not exist reads as undefined': async (world) => {
    assert.equal(await world.api.get('Trial', world.key('nobody')), undefined);
  },
  'a list stays within its namespace': async (world) => {
    assert.deepEqual(await world.api.list('Trial', 'no-such-namespace'), []);
  },
  'a list of all namespaces holds what each of them holds': async (world) => {
    const created = await world.createTrial('everywhere');
    const uids = (await world.api.list('Trial')).map(({metadata}) => metadata.uid);
    assert.ok(uids.includes(created.metadata.uid));
  },
  'a taken name is AlreadyExists': async (world) => {
    await world.createTrial('taken');
    await refused('AlreadyExists', world.createTrial('taken'));
  },
  'a dry run refuses what creation refuses, and stores nothing': async (world) => {
    await world.api.dryRun('Trial', world.trial('imagined'));
    assert.equal(await world.api.get('Trial', world.key('imagined')), undefined);
    await refused('Invalid', world.api.dryRun('Trial', world.trial('Not_A_Name')));
    await world.createTrial('there');
    await refused('AlreadyExists', world.api.dryRun('Trial', world.trial('there')));
  },
  'a name that is no DNS name is Invalid': async (world) => {
    await refused('Invalid', world.createTrial('Not_A_Name'));
  },
  'a spec that breaks its schema is Invalid': async (world) => {
    const trial = world.trial('broken');
    await refused('Invalid', world.api.create('Trial', {...trial, spec: {...trial.spec, index: 0}}));
  },
  'status that comes with a creation is dropped': async (world) => {
    const created = await world.api.create('Trial', {...world.trial('eager'), status: {phase: 'Succeeded'}});
    assert.equal(created.status, undefined);
  },
  'an object handed in or out shares nothing with the stored one': async (world) => {
    const labels = {mine: 'before'};
    await world.createTrial('apart', {labels});
    labels.mine = 'after';
    assert.equal((await world.api.get('Trial', world.key('apart')))?.metadata.labels?.['mine'], 'before');
  },
};
