import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {promisify} from 'node:util';
import {parseAllDocuments} from 'yaml';
import {helm, objectsOf, root} from '../../helm/chart.ts';
import {agreed, call, installResources, kubectl} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';
import {schemaOf} from './api-schemas.ts';

// What the chart renders, held against the schemas of the API server, and shown to the API server itself.

const run = promisify(execFile);
const folder = join(root, 'test', 'helm', 'values');
const names = readdirSync(folder).map((file) => basename(file, '.yaml'));
/** Of the Prometheus operator, which is not on this cluster. */
const foreign = 'ServiceMonitor';

interface Typed {
  readonly apiVersion: string;
  readonly kind: string;
}

describe('the chart', () => {
  const namespace = namespaceOfSuite('rendered');
  const schemas = mkdtempSync(join(tmpdir(), 'archsearch-schemas-'));
  let kubeconform = '';
  const written = new Set<string>();
  before(async () => {
    await installResources();
    // a Pod is not even tried for a ServiceAccount that is not there
    await agreed(
      call('POST', `/api/v1/namespaces/${namespace().name}/serviceaccounts`, {metadata: {name: 'archsearch-test'}}),
    );
    kubeconform = (await run(join(root, 'scripts', 'kubeconform.sh'))).stdout.trim();
  });
  after(() => {
    rmSync(schemas, {recursive: true});
  });

  const rendered = (name: string): Promise<string> => {
    const values = ['--values', join(folder, `${name}.yaml`)];
    const own = ['--namespace', namespace().name, '--set', `searchNamespaces={${namespace().name}}`];
    return helm('template', 'archsearch', join(root, 'helm', 'archsearch'), ...values, ...own);
  };

  async function writeSchema({apiVersion, kind}: Typed): Promise<void> {
    const [version = '', group = ''] = apiVersion.split('/').toReversed();
    // kubeconform has the version for the group of what has none
    const name = `${group === '' ? version : group}_${version}_${kind.toLowerCase()}.json`;
    if (written.has(name) || kind === foreign) return;
    written.add(name);
    const path = `/openapi/v3/${group === '' ? 'api' : `apis/${group}`}/${version}`;
    const document = await agreed(call('GET', path));
    writeFileSync(join(schemas, name), JSON.stringify(schemaOf(document, {group, version, kind})));
  }

  const conform = async (name: string, manifests: string): Promise<string> => {
    for (const object of objectsOf(manifests)) await writeSchema(object as unknown as Typed);
    const location = join(schemas, '{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json');
    const file = join(schemas, `${name}.yaml`);
    writeFileSync(file, manifests);
    const options = ['-strict', '-summary', '-skip', foreign, '-schema-location', location];
    const {stdout} = await run(kubeconform, [...options, file]).catch((error: unknown) => error as {stdout: string});
    return stdout;
  };

  test('would be seen to have a field that there is not', async () => {
    const misspelt = (await rendered('cluster')).replace('replicas: 2', 'replica: 2');
    assert.match(
      await conform('misspelt', misspelt),
      /Deployment archsearch-operator is invalid: .*'replica'.*not allowed/,
    );
  });

  for (const name of names) {
    test(`is what the schemas say, and no more, with the values of ${name}`, async () => {
      const stdout = await conform(name, await rendered(name));
      assert.match(stdout, /Invalid: 0, Errors: 0/, stdout);
    });

    test(`is taken by the API server with the values of ${name}`, async () => {
      const documents = parseAllDocuments(await rendered(name)).map((document) => document.toJS() as Typed | null);
      const known = documents.filter((object) => object !== null && object.kind !== foreign);
      const options = ['--server-side', '--force-conflicts', '--dry-run=server', '--validate=strict', '-f', '-'];
      const list = {apiVersion: 'v1', kind: 'List', items: known};
      const {code, stderr} = await kubectl(['apply', ...options], JSON.stringify(list));
      assert.equal(code, 0, stderr);
    });
  }
});
