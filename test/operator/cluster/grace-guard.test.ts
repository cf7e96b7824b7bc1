import assert from 'node:assert/strict';
import {test} from 'node:test';
import {GraceGuard} from '../../../operator/cluster/grace-guard.ts';
import type {ApiAnswer} from '../../../operator/kubernetes.ts';

const binding = (actions: readonly string[]): ApiAnswer => ({status: 200, body: {spec: {validationActions: actions}}});
const missing: ApiAnswer = {status: 404, body: {kind: 'Status'}};
const forbidden: ApiAnswer = {status: 403, body: {kind: 'Status', message: 'may not get'}};
const broken: ApiAnswer = {status: 500, body: {kind: 'Status', message: 'etcd is away'}};

async function guardWith(deletions: ApiAnswer, evictions: ApiAnswer) {
  const troubles: unknown[] = [];
  const guard = new GraceGuard(
    {
      request: ({path}) => Promise.resolve(path.endsWith('deletions') ? deletions : evictions),
      watch: () => {
        throw new Error('nobody watches here');
      },
    },
    (error) => troubles.push(error),
  );
  await guard.look();
  return {guarded: guard.guarded, troubles: troubles.map(String)};
}

for (const [what, deletions, evictions, guarded] of [
  ['both policies deny', binding(['Deny']), binding(['Deny', 'Audit']), true],
  ['one is missing', binding(['Deny']), missing, false],
  ['one only warns', binding(['Warn']), binding(['Deny']), false],
  ['nobody may look', forbidden, forbidden, false],
] as const)
  test(`${what}: graces are ${guarded ? '' : 'not '}guarded`, async () => {
    assert.deepEqual(await guardWith(deletions, evictions), {guarded, troubles: []});
  });

test('who got no answer does not know, and says so', async () => {
  const {guarded, troubles} = await guardWith(broken, broken);
  assert.equal(guarded, undefined);
  assert.match(troubles.join(), /archsearch-grace-of-deletions cannot be read \(500\): etcd is away/);
});
