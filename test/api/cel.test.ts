import assert from 'node:assert/strict';
import {test} from 'node:test';
import {violations} from '../../api/cel.ts';
import {resources} from '../../api/crd.ts';
import {celRule, exactlyOne, rulesKey, wordingOf} from '../../api/rule.ts';
import type {StructuralSchema} from '../../api/structural.ts';
import {validateManifest} from '../../api/validate.ts';
import {soundManifest} from './manifests.ts';

const schemaOf = (kind: string): StructuralSchema =>
  resources().find((resource) => resource.kind === kind)?.schema ?? assert.fail(`no ${kind}`);
const sound = validateManifest(soundManifest, 'search.yaml').search;
const fieldsBroken = (schema: StructuralSchema, now: unknown, before: unknown): string[] =>
  violations(schema, now, before).map(({path}) => path.join('.'));

const changed = (name: string, value: unknown) => ({...sound, spec: {...sound?.spec, [name]: value}});

const edits: readonly (readonly [string, unknown, readonly string[]])[] = [
  ['limits', {trials: 400, parallelTrials: 2, failedTrials: 10}, []],
  ['suspend', true, []],
  ['randomSeed', 2, ['spec.randomSeed']],
  ['strategy', {type: 'Random'}, ['spec.strategy']],
  ['objectives', [{metric: 'balancedAccuracy', goal: 'Maximize'}], ['spec.objectives']],
  ['baseline', undefined, ['spec.baseline']],
  ['template', {gpus: 1, threads: 1, podTemplate: {metadata: {}}}, ['spec.template']],
];
for (const [name, value, broken] of edits)
  test(`once accepted, spec.${name} ${broken.length === 0 ? 'can' : 'cannot'} be edited`, () => {
    assert.deepEqual(fieldsBroken(schemaOf('ArchitectureSearch'), changed(name, value), sound), broken);
  });

test('a rule about a change does not apply to what is new', () => {
  assert.deepEqual(fieldsBroken(schemaOf('ArchitectureSearch'), sound, undefined), []);
});

test('the spec of a Trial never changes, its genotype included', () => {
  const trial = (genotype: string) => ({spec: {search: 'digits', architecture: {genotype}}});
  assert.deepEqual(fieldsBroken(schemaOf('Trial'), trial('a'), trial('a')), []);
  assert.deepEqual(fieldsBroken(schemaOf('Trial'), trial('a'), trial('b')), ['spec']);
});

const ruled = (rule: string, properties: Record<string, StructuralSchema>): StructuralSchema => ({
  type: 'object',
  properties,
  [rulesKey]: [celRule({rule, wrong: 'it is broken', remedy: 'mend it', fieldPath: '.a'})],
});
const integer: StructuralSchema = {type: 'integer', format: 'int32'};
const number: StructuralSchema = {type: 'number'};

const evaluations: readonly (readonly [string, string, StructuralSchema, object, 'kept' | 'broken' | 'unevaluable'])[] =
  [
    ['integers divide as integers', 'self.a / 2 == 1', integer, {a: 3}, 'kept'],
    ['numbers divide as doubles', 'self.a / 2.0 == 1.5', number, {a: 3}, 'kept'],
    ['an integer compares with a double', 'self.a > 0.5', integer, {a: 1}, 'kept'],
    ['a missing field is not there', 'has(self.a)', integer, {}, 'broken'],
    ['reading a missing field is an error', 'self.a > 0', integer, {}, 'unevaluable'],
  ];
for (const [name, rule, member, object, outcome] of evaluations)
  test(`in a rule ${name}`, () => {
    const [violation] = violations(ruled(rule, {a: member}), object);
    const found = violation === undefined ? 'kept' : violation.unevaluable ? 'unevaluable' : 'broken';
    assert.equal(found, outcome);
  });

test('exactly one of several members is none too few and two too many', () => {
  const schema: StructuralSchema = {type: 'object', [rulesKey]: [exactlyOne(['a', 'b', 'c'])]};
  const counts = [{}, {a: 1}, {b: 1}, {a: 1, c: 1}, {a: 1, b: 1, c: 1}];
  assert.deepEqual(
    counts.map((object) => violations(schema, object).length),
    [1, 0, 0, 1, 1],
  );
});

test('a message holds what is wrong and the remedy, which may hold colons itself', () => {
  const {message} = celRule({rule: 'true', wrong: 'it is off', remedy: 'set type: On, or remove it'});
  assert.deepEqual(wordingOf(message), {wrong: 'it is off', remedy: 'set type: On, or remove it'});
  assert.throws(() => celRule({rule: 'true', wrong: 'off: really', remedy: 'on'}), /must not hold a colon/);
});
