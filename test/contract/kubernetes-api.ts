import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {deletions} from './kubernetes-api/deletions.ts';
import {objects} from './kubernetes-api/objects.ts';
import {pods} from './kubernetes-api/pods.ts';
import {updates} from './kubernetes-api/updates.ts';
import {watches} from './kubernetes-api/watches.ts';
import {ContractWorld} from './kubernetes-api/world.ts';
import type {ServerUnderTest} from './kubernetes-api/world.ts';

export type {ServerUnderTest} from './kubernetes-api/world.ts';

/** What every implementation of `KubernetesApi` keeps; true of a real API server, and so all that the operator may rely on. */
export function kubernetesApiContract(name: string, makeServer: () => Promise<ServerUnderTest>): void {
  describe(`${name} keeps the contract of the Kubernetes API`, () => {
    const held: {world?: ContractWorld} = {};
    before(async () => {
      held.world = new ContractWorld(await makeServer());
    });
    after(() => held.world?.server.close());
    const world = (): ContractWorld => held.world ?? assert.fail('the server did not start');
    for (const [sentence, run] of Object.entries({...objects, ...updates, ...deletions, ...pods, ...watches}))
      test(sentence, () => run(world()));
  });
}
