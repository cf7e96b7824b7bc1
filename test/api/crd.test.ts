import assert from 'node:assert/strict';
import {test} from 'node:test';
import {z} from 'zod';
import {violations} from '../../api/cel.ts';
import {definitionOf, resources} from '../../api/crd.ts';
import {rulesKey, wordingOf} from '../../api/rule.ts';
import type {StructuralSchema} from '../../api/structural.ts';
import {SchemaError, structural} from '../../api/structural.ts';
import {memberOf} from '../../api/union.ts';
import {strategies} from '../../search/strategies/index.ts';

interface Place {
  readonly path: string;
  readonly schema: StructuralSchema;
}

function placesOf(schema: StructuralSchema, path: string): Place[] {
  return [
    {path, schema},
    ...Object.entries(schema.properties ?? {}).flatMap(([name, member]) => placesOf(member, `${path}.${name}`)),
    ...(schema.items === undefined ? [] : placesOf(schema.items, `${path}[]`)),
    ...(schema.additionalProperties === undefined ? [] : placesOf(schema.additionalProperties, `${path}{}`)),
  ];
}

const places = resources().flatMap(({kind, schema}) => placesOf(schema, kind));
const failing = (isFine: (schema: StructuralSchema) => boolean): string[] =>
  places.filter(({schema}) => !isFine(schema)).map(({path}) => path);
const keepsUnknown = (schema: StructuralSchema): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;
const allowedKeys: ReadonlySet<string> = new Set([
  ...['description', 'type', 'format', 'nullable', 'default', 'enum', 'pattern', 'minLength', 'maxLength', 'minimum'],
  ...['exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'items'],
  ...['minProperties', 'maxProperties', 'required', 'properties', 'additionalProperties'],
  ...['x-kubernetes-validations', 'x-kubernetes-preserve-unknown-fields'],
]);

// Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions": structural schemas, validation rules, defaulting
const structuralRules: readonly (readonly [string, (schema: StructuralSchema) => boolean])[] = [
  ['has a type, or keeps what it does not know', (schema) => schema.type !== undefined || keepsUnknown(schema)],
  ['holds only keywords of structural schemas', (schema) => Object.keys(schema).every((key) => allowedKeys.has(key))],
  [
    'has members or values, not both',
    (schema) => schema.properties === undefined || schema.additionalProperties === undefined,
  ],
  ['is bounded when it is a list', (schema) => schema.type !== 'array' || schema.maxItems !== undefined],
  [
    'is bounded when it is a text',
    (schema) => schema.type !== 'string' || schema.maxLength !== undefined || schema.enum !== undefined,
  ],
  [
    'is bounded when it is a map',
    (schema) => schema.additionalProperties === undefined || schema.maxProperties !== undefined,
  ],
  [
    'requires only members that it has',
    (schema) => (schema.required ?? []).every((name) => schema.properties?.[name] !== undefined),
  ],
  [
    'requires nothing that has a default',
    (schema) => (schema.required ?? []).every((name) => schema.properties?.[name]?.default === undefined),
  ],
  ['has rules only where there is a type', (schema) => schema[rulesKey] === undefined || schema.type !== undefined],
  ['writes exclusive bounds beside bounds', (schema) => !schema.exclusiveMinimum || schema.minimum !== undefined],
];
for (const [rule, isFine] of structuralRules)
  test(`every place of every schema ${rule}`, () => {
    assert.deepEqual(failing(isFine), []);
  });

test('every field is described, for kubectl explain', () => {
  const named = places.filter(({path}) => /\.[A-Za-z]+$/.test(path) && /^[A-Za-z]+\.(spec|status)\./.test(path));
  const silent = named.filter(({schema}) => schema.description === undefined).map(({path}) => path);
  assert.deepEqual(silent, []);
});

test('every rule says what is wrong and what to do, in one line', () => {
  for (const {path, schema} of places)
    for (const {message} of schema[rulesKey] ?? []) {
      const {wrong, remedy} = wordingOf(message);
      assert.ok(
        wrong !== '' && remedy !== '' && !message.includes('\n') && message.length < 2048,
        `${path}: ${message}`,
      );
    }
});

test('every default satisfies the rules of its own place', () => {
  for (const {path, schema} of places)
    if (schema.default !== undefined) assert.deepEqual(violations(schema, schema.default), [], path);
});

for (const resource of resources())
  test(`the definition of ${resource.kind} stays below 256 KiB, with a status subresource where it has a status`, () => {
    const definition = definitionOf(resource);
    assert.ok(Buffer.byteLength(JSON.stringify(definition)) < 256 * 1024);
    const [version] = definition.spec.versions;
    assert.equal(
      version !== undefined && 'subresources' in version,
      resource.schema.properties?.['status'] !== undefined,
    );
  });

test('every printer column points to a field that exists', () => {
  for (const {kind, schema, columns} of resources())
    for (const {jsonPath} of columns.filter((column) => !column.jsonPath.startsWith('.metadata'))) {
      const steps = jsonPath.split('.').slice(1);
      const found = steps.reduce<StructuralSchema | undefined>((node, step) => node?.properties?.[step], schema);
      assert.ok(found?.type !== undefined, `${kind} ${jsonPath}`);
    }
});

test('every strategy is a choice of the CRD, with a member for its settings', () => {
  const members = places.find(({path}) => path === 'ArchitectureSearch.spec.strategy')?.schema.properties ?? {};
  assert.deepEqual(
    members['type']?.enum,
    strategies.map((row) => row.type),
  );
  assert.deepEqual(Object.keys(members), ['type', ...strategies.map((row) => memberOf(row.type))]);
});

const unfit: readonly (readonly [string, z.ZodType, RegExp])[] = [
  ['a text without a maximum', z.object({name: z.string()}), /^spec\.name: without maxLength .* \.max\(…\)$/],
  ['a list without a maximum', z.object({names: z.array(z.int())}), /^spec\.names: without maxItems/],
  ['a map without a maximum', z.object({by: z.record(z.string().max(3), z.int())}), /^spec\.by: without maxProperties/],
  ['look-ahead', z.object({name: z.string().max(3).regex(/(?=a)/)}), /^spec\.name: the pattern .* is not RE2/],
  [
    'a union of objects',
    z.object({either: z.union([z.object({a: z.int()}), z.object({b: z.int()})])}),
    /^spec\.either: a union of objects is not structural; use unionOf/,
  ],
];
for (const [name, schema, message] of unfit)
  test(`${name} is refused with its place and the remedy`, () => {
    assert.throws(
      () => structural(schema, 'spec'),
      (error) => error instanceof SchemaError && message.test(error.message),
    );
  });

test('zod types become structural ones', () => {
  const schema = structural(
    z.strictObject({
      pair: z.tuple([z.number(), z.number()]),
      any: z.json(),
      scalar: z.union([z.number(), z.string().max(4), z.boolean()]),
      open: z.looseObject({}).optional(),
      count: z.int().min(1).max(5).default(2),
      big: z.int().min(0),
      part: z.number().gt(0).lt(1),
      empty: z.strictObject({}).prefault({}),
    }),
    'spec',
  );
  assert.deepEqual(schema, {
    type: 'object',
    required: ['pair', 'any', 'scalar', 'big', 'part'],
    properties: {
      pair: {type: 'array', minItems: 2, maxItems: 2, items: {type: 'number'}},
      any: {'x-kubernetes-preserve-unknown-fields': true},
      scalar: {'x-kubernetes-preserve-unknown-fields': true},
      open: {type: 'object', 'x-kubernetes-preserve-unknown-fields': true},
      count: {default: 2, type: 'integer', format: 'int32', minimum: 1, maximum: 5},
      big: {type: 'integer', format: 'int64', minimum: 0},
      part: {type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1, exclusiveMaximum: true},
      empty: {default: {}, type: 'object'},
    },
  });
});
