import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {run} from '../../cli/process.ts';
import {agreed, call, kubeconfig} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {install, systemNamespace, uninstall} from './installation.ts';
import {apply, listOf, smallestSearch, untilOver} from './searches.ts';

// The chart with a certificate for NATS: trials report and keep their models by TLS, and a search comes home.

const secret = 'nats-certificate';
const secrets = `/api/v1/namespaces/${systemNamespace}/secrets`;

describe('NATS with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-tls-'));
  const held: {namespace?: TestNamespace} = {};
  const namespace = (): string => held.namespace?.name ?? assert.fail('the namespace was not made');

  async function provideCertificate(): Promise<void> {
    const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
    const subject = ['-subj', '/CN=nats', '-addext', `subjectAltName=DNS:archsearch-nats.${systemNamespace}`];
    const files = ['-keyout', key, '-out', cert, '-nodes', '-days', '1'];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ed25519', ...subject, ...files], {stdio: 'ignore'});
    const [crt, private_] = [cert, key].map((file) => readFileSync(file, 'utf8'));
    const stringData = {'tls.crt': crt, 'tls.key': private_, 'ca.crt': crt};
    await call('POST', '/api/v1/namespaces', {metadata: {name: systemNamespace}});
    await call('DELETE', `${secrets}/${secret}`);
    await agreed(call('POST', secrets, {metadata: {name: secret}, stringData}));
  }

  before(async () => {
    process.env['KUBECONFIG'] = kubeconfig;
    held.namespace = await TestNamespace.create('tls', {'pod-security.kubernetes.io/enforce': 'restricted'});
    await provideCertificate();
    await install([namespace()], [`nats.tls.secretName=${secret}`]);
  });
  after(async () => {
    await held.namespace?.remove();
    await uninstall();
    await call('DELETE', `${secrets}/${secret}`);
    rmSync(folder, {recursive: true, force: true});
  });

  test('keeps the models of a search, and gives them to who brings it home', async () => {
    await apply(namespace(), smallestSearch);
    const search = await untilOver(namespace(), 400, 'smallest');
    assert.equal(search.status?.phase, 'Succeeded', JSON.stringify(search.status));
    for (const {metadata, status} of await listOf(namespace(), 'trials'))
      assert.doesNotMatch(status?.message ?? '', /is not kept/, metadata.name);
    const {code, stderr} = await run([
      'report',
      'smallest',
      '--namespace',
      namespace(),
      '-o',
      join(folder, 'smallest'),
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.ok(existsSync(join(folder, 'smallest', 'winner', 'model.json')));
  });
});
