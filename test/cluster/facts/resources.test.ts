import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {parse} from 'yaml';
import {resources} from '../../../api/crd.ts';
import {validateManifest} from '../../../api/validate.ts';
import {brokenFields} from '../../api/broken-fields.ts';
import {brokenRules} from '../../api/broken-rules.ts';
import {broken, soundManifest} from '../../api/manifests.ts';
import {aTrial, unsaved} from '../../builders.ts';
import {agreed, call, installResources, kubectl, mergePatch} from '../cluster.ts';
import {namespaceOfSuite} from '../namespace.ts';
import {acceptedByTheServer, edits, moreBroken, otherWords, rulesOf} from './broken-searches.ts';

// What the real API server makes of our resources: it takes the definitions, and refuses what they refuse, in their words.

const rules = resources().flatMap(({schema}) => rulesOf(schema));
/** The rules that the API server has quoted so far. */
const quoted = new Set<string>();
function note(answer: string): void {
  for (const rule of rules) if (answer.includes(rule)) quoted.add(rule);
}

describe('our resources', {concurrency: 3}, () => {
  const namespace = namespaceOfSuite('resources');
  before(installResources);
  const create = (manifest: string) =>
    kubectl(['create', '-n', namespace().name, '--dry-run=server', '--validate=strict', '-f', '-'], manifest);
  const path = (plural: string, name = '') =>
    `/apis/archsearch.dev/v1alpha1/namespaces/${namespace().name}/${plural}/${name}`;

  for (const {plural} of resources())
    test(`the definition of ${plural} is established and structural, and its rules compile within their cost`, async () => {
      const definition = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.archsearch.dev`;
      const {status} = (await agreed(call('GET', definition))) as {
        readonly status: {readonly conditions: readonly {readonly type: string; readonly status: string}[]};
      };
      const states = new Map(status.conditions.map((condition) => [condition.type, condition.status]));
      assert.equal(states.get('Established'), 'True');
      assert.notEqual(states.get('NonStructuralSchema'), 'True');
    });

  test('kubectl takes a search with which nothing is wrong', async () => {
    const {code, stderr} = await create(soundManifest);
    assert.equal(code, 0, stderr);
  });

  for (const [name, part, instead] of [...brokenRules, ...brokenFields]) {
    const manifest = broken(part, instead);
    if (acceptedByTheServer.has(name)) {
      test(`kubectl does not see ${name}`, async () => {
        assert.equal((await create(manifest)).code, 0);
      });
      continue;
    }
    test(`kubectl refuses ${name}, names the field and, of a rule, the remedy`, async () => {
      const {code, stderr} = await create(manifest);
      assert.equal(code, 1, stderr);
      note(stderr);
      const {problems} = validateManifest(manifest, 'search.yaml');
      const words = otherWords.get(name) ?? problems.map(({field}) => field.split('.').at(-1) ?? '');
      assert.ok(
        words.some((word) => stderr.includes(word)),
        `none of ${words.join(', ')} in ${stderr}`,
      );
      for (const {message, remedy} of problems) {
        const rule = `${message}: ${remedy}`;
        if (rules.includes(rule)) assert.ok(stderr.includes(rule), `${rule} is not told in ${stderr}`);
      }
    });
  }

  const sound = parse(soundManifest) as {readonly spec: object};
  for (const [name, spec, words] of moreBroken)
    test(`kubectl refuses ${name}`, async () => {
      const {code, stderr} = await create(JSON.stringify({...sound, spec: {...sound.spec, ...spec}}));
      assert.equal(code, 1);
      note(stderr);
      assert.ok(stderr.includes(words), stderr);
    });

  test('of an accepted search nothing but limits and suspend can be edited', async () => {
    await agreed(call('POST', path('architecturesearches'), sound));
    for (const [name, value] of edits) {
      const patch = {spec: {[name]: value}};
      const {code, message} = await call('PATCH', path('architecturesearches', 'digits'), patch, mergePatch);
      note(message);
      assert.equal(code, 422, name);
      assert.ok(message.includes(`spec.${name} cannot change once a search is accepted`), message);
    }
    const open = {spec: {suspend: true, limits: {trials: 300}}};
    await agreed(call('PATCH', path('architecturesearches', 'digits'), open, mergePatch));
  });

  test('the spec of a Trial never changes', async () => {
    await agreed(call('POST', path('trials'), unsaved(aTrial({metadata: {namespace: namespace().name}}))));
    const {code, message} = await call('PATCH', path('trials', 'search-c1'), {spec: {seed: 7}}, mergePatch);
    note(message);
    assert.equal(code, 422);
    assert.match(message, /the spec of a Trial never changes/);
  });
});

test('each rule of each resource was broken above, and quoted by the API server', () => {
  assert.deepEqual(
    rules.filter((rule) => !quoted.has(rule)),
    [],
  );
});
