import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';
import {budgetGate} from '../../api/pod.ts';
import {ApiRefusal} from '../../operator/ports.ts';
import {ContractWorld} from './kubernetes-api/world.ts';
import type {ServerUnderTest} from './kubernetes-api/world.ts';

/** A server whose namespace may be given a quota, and may end. */
export interface AdmittingServer extends ServerUnderTest {
  /** The most Pods that the namespace may hold; undefined lifts it. Resolves once it is in force. */
  limitPods(most: number | undefined): Promise<void>;
  /** Deletes the namespace; resolves once nothing more can be made in it. */
  endNamespace(): Promise<void>;
}

const gated = {schedulingGates: [{name: budgetGate}]};
const refusedWith = (words: RegExp, call: Promise<unknown>): Promise<void> =>
  assert.rejects(call, (error) => {
    assert.ok(error instanceof ApiRefusal, String(error));
    assert.equal(error.refusal, 'Forbidden', error.message);
    assert.match(error.message, words);
    return true;
  });

/** What admission says to Pods: in this order, since the namespace ends with the last one. */
const cases: Readonly<Record<string, (world: ContractWorld, server: AdmittingServer) => Promise<void>>> = {
  'a quota refuses the Pod that is too many, also in a dry run, and counts those behind gates': async (
    world,
    server,
  ) => {
    await server.limitPods(1);
    await world.createPod('counted', gated);
    await refusedWith(/exceeded quota/, world.createPod('too-many', gated));
    await refusedWith(/exceeded quota/, world.api.dryRun('Pod', world.pod('too-many', gated)));
    await server.limitPods(undefined);
    await world.createPod('not-too-many', gated);
  },
  'nothing is made in a namespace that is being deleted, and what is there is still written': async (world, server) => {
    await world.createTrial('last', {finalizers: ['archsearch.dev/contract']});
    await server.endNamespace();
    await refusedWith(/because it is being terminated/, world.createTrial('late'));
    await refusedWith(/because it is being terminated/, world.createPod('late', gated));
    const written = await world.api.patchStatus('Trial', world.key('last'), {phase: 'Failed'});
    assert.equal(written.status?.phase, 'Failed');
    for (const name of ['counted', 'not-too-many']) await world.release('Pod', name);
    await world.release('Trial', 'last');
  },
};

/** What admission answers; true of a real API server with its quota and namespace plugins. */
export function podAdmissionContract(name: string, makeServer: () => Promise<AdmittingServer>): void {
  describe(`${name} keeps the contract of admission`, () => {
    const held: {server?: AdmittingServer} = {};
    before(async () => {
      held.server = await makeServer();
    });
    after(() => held.server?.close());
    for (const [sentence, run] of Object.entries(cases))
      test(sentence, () => {
        const server = held.server ?? assert.fail('the server did not start');
        return run(new ContractWorld(server), server);
      });
  });
}
