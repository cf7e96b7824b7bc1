import assert from 'node:assert/strict';
import {test} from 'node:test';
import type {Pod} from '../../../api/pod.ts';
import {ClusterApi} from '../../../operator/cluster/api.ts';
import {endOf} from '../../../operator/pod-view.ts';
import {aPod} from '../../builders.ts';

/** What an API server answers to every request. */
const answering = (body: unknown) =>
  new ClusterApi({
    request: () => Promise.resolve({status: 200, body}),
    watch: () => {
      throw new Error('nobody watches here');
    },
  });

test('the end of a container that its kubelet has lost is written as null, and is no time', async () => {
  const terminated = {exitCode: 137, reason: 'ContainerStatusUnknown', startedAt: null, finishedAt: null};
  const status = {phase: 'Failed', containerStatuses: [{name: 'trial', state: {terminated}}]};
  const pod = await answering({...aPod(), status}).get('Pod', {namespace: 'team', name: 'search-c1-1'});
  assert.ok(pod !== undefined);
  assert.equal(endOf(pod), undefined);
  const seen: Pod = pod;
  assert.deepEqual(seen.status?.containerStatuses?.[0]?.state, {
    terminated: {exitCode: 137, reason: 'ContainerStatusUnknown'},
  });
});

test('what only its writers read is not kept', async () => {
  const {metadata, ...rest} = aPod();
  const pod = await answering({...rest, metadata: {...metadata, managedFields: [{manager: 'kubelet'}]}}).get('Pod', {
    namespace: 'team',
    name: 'search-c1-1',
  });
  assert.deepEqual(pod?.metadata, metadata);
});
