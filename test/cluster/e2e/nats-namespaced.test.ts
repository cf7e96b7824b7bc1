import assert from 'node:assert/strict';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {run} from '../../cli/process.ts';
import {installResources, kubeconfig} from '../cluster.ts';
import {helm} from '../helm.ts';
import {TestNamespace} from '../namespace.ts';
import {helmInstall, prepare, uninstall} from './installation.ts';
import {apply, smallestSearch, untilOver} from './searches.ts';

// An operator with rights in one namespace may ask for no TokenReview: it reads tokens by the API server's public keys.

describe('NATS within one namespace', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-namespaced-'));
  const held: {namespace?: TestNamespace} = {};
  const namespace = (): string => held.namespace?.name ?? assert.fail('the namespace was not made');
  before(async () => {
    process.env['KUBECONFIG'] = kubeconfig;
    await prepare();
    await installResources();
    held.namespace = await TestNamespace.create('alone', {'pod-security.kubernetes.io/enforce': 'restricted'});
    await helmInstall({namespace: namespace(), values: ['scope=Namespaced']});
  });
  after(async () => {
    await helm('uninstall', 'archsearch', '--namespace', namespace(), '--wait', '--timeout=120s');
    await held.namespace?.remove();
    await uninstall();
    rmSync(folder, {recursive: true, force: true});
  });

  test('lets trials in by the keys of the API server, keeps their models, and gives them to who brings them home', async () => {
    await apply(namespace(), smallestSearch);
    const search = await untilOver(namespace(), 400, 'smallest');
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    const where = ['--namespace', namespace(), '--system-namespace', namespace()];
    const {code, stderr} = await run(['report', 'smallest', ...where, '-o', join(folder, 'smallest')]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(existsSync(join(folder, 'smallest', 'winner', 'model.json')));
  });
});
