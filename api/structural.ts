import {isDeepStrictEqual} from 'node:util';
import {z} from 'zod';
import {rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';

/** The part of a structural schema (OpenAPI v3 as CustomResourceDefinitions allow it) that archsearch writes. */
export interface StructuralSchema {
  readonly description?: string;
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: 'int32' | 'int64';
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly maximum?: number;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: StructuralSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly additionalProperties?: StructuralSchema;
  readonly 'x-kubernetes-validations'?: readonly CelRule[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
}

type Node = Readonly<Record<string, unknown>>;
type Draft = {-readonly [K in keyof StructuralSchema]: StructuralSchema[K]};

/** A schema that a CustomResourceDefinition cannot hold; the message names the place and the remedy. */
export class SchemaError extends Error {
  constructor(path: string, problem: string, remedy: string) {
    super(`${path}: ${problem}; ${remedy}`);
    this.name = 'SchemaError';
  }
}

/**
 * The structural schema of what may be written (defaults not yet filled in). Every string, list and map must have a maximum, so that the
 * API server can bound the cost of the rules. Throws a SchemaError where the zod schema says what a structural schema cannot.
 *
 * Kubernetes documentation, "Specifying a structural schema" and "Validation rules" (CustomResourceDefinitions).
 */
export function structural(schema: z.ZodType, path: string): StructuralSchema {
  return convert(z.toJSONSchema(schema, {target: 'openapi-3.0', io: 'input'}), path);
}

function convert(node: Node, path: string): StructuralSchema {
  const type = node['type'];
  const schema = typeof type === 'string' ? converters[type]?.(node, path) : shapeless(node, path);
  if (schema === undefined) throw new SchemaError(path, `type ${String(type)} is not structural`, 'use another type');
  return {...copied(node, ['description', 'default', 'nullable']), ...schema, ...copied(node, [rulesKey])};
}

const converters: Readonly<Record<string, (node: Node, path: string) => StructuralSchema>> = {
  object,
  array,
  string,
  number,
  integer: number,
  boolean: () => ({type: 'boolean'}),
};

function object(node: Node, path: string): StructuralSchema {
  const properties = Object.entries((node['properties'] ?? {}) as Record<string, Node>);
  const others = node['additionalProperties'];
  const bounds = copied(node, ['minProperties', 'maxProperties']);
  if (properties.length === 0 && isMap(others)) {
    demand(bounds, 'maxProperties', path, 'give the map .meta({maxProperties: …})');
    return {type: 'object', ...bounds, additionalProperties: convert(others, `${path}[]`)};
  }
  return {
    type: 'object',
    ...bounds,
    ...(isOpen(others) ? {'x-kubernetes-preserve-unknown-fields': true as const} : {}),
    ...copied(node, ['required']),
    ...(properties.length === 0 ? {} : {properties: members(properties, path)}),
  };
}

/** `additionalProperties: {}` of a loose object, `false` of a strict one, or the schema of a map's values. */
const isOpen = (others: unknown): boolean => typeof others === 'object' && Object.keys(others ?? {}).length === 0;
const isMap = (others: unknown): others is Node => typeof others === 'object' && others !== null && !isOpen(others);

const members = (properties: readonly (readonly [string, Node])[], path: string) =>
  Object.fromEntries(properties.map(([name, member]) => [name, convert(member, `${path}.${name}`)]));

function array(node: Node, path: string): StructuralSchema {
  const bounds = copied(node, ['minItems', 'maxItems']);
  demand(bounds, 'maxItems', path, 'give the list .max(…)');
  return {type: 'array', ...bounds, items: convert(itemOf(node), `${path}[]`)};
}

/** A tuple comes as a choice among its places; one of equal places is a list. */
function itemOf(node: Node): Node {
  const item = (node['items'] ?? {}) as Node;
  const [first, ...others] = (item['anyOf'] ?? []) as readonly Node[];
  return first !== undefined && others.every((other) => isDeepStrictEqual(first, other)) ? first : item;
}

function string(node: Node, path: string): StructuralSchema {
  const schema = copied(node, ['enum', 'minLength', 'maxLength', 'pattern']);
  if (schema.enum === undefined) demand(schema, 'maxLength', path, 'give the string .max(…)');
  if (/\(\?[=!<]|\\[1-9]/.test(schema.pattern ?? ''))
    throw new SchemaError(path, `the pattern ${schema.pattern ?? ''} is not RE2`, 'write it without look-around');
  return {type: 'string', ...schema};
}

const numberKeys = ['enum', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'] as const;

function number(node: Node): StructuralSchema {
  const schema = copied(node, numberKeys);
  const choices = schema.enum;
  const whole = node['type'] === 'integer' || choices?.every((choice) => Number.isInteger(choice)) === true;
  if (!whole) return {type: 'number', ...schema};
  const {minimum = -Infinity, maximum = Infinity} = schema;
  // zod bounds every integer by what a double holds; the reader of `kubectl explain` need not see that
  if (minimum <= Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (maximum >= Number.MAX_SAFE_INTEGER) delete schema.maximum;
  return {type: 'integer', format: fits32(minimum, maximum, choices) ? 'int32' : 'int64', ...schema};
}

const fits32 = (minimum: number, maximum: number, choices: readonly unknown[] | undefined): boolean =>
  choices !== undefined || (minimum >= -(2 ** 31) && maximum < 2 ** 31);

/** What has no single type: any JSON, a choice among scalars. The API server keeps it as it is, the operator parses it. */
function shapeless(node: Node, path: string): StructuralSchema {
  const choices = (node['anyOf'] ?? node['allOf']) as readonly Node[] | undefined;
  if (node['oneOf'] !== undefined || choices?.some((choice) => choice['properties'] !== undefined) === true)
    throw new SchemaError(path, 'a union of objects is not structural', 'use unionOf: type and a member per type');
  return {'x-kubernetes-preserve-unknown-fields': true};
}

function copied(node: Node, keys: readonly (keyof StructuralSchema)[]): Draft {
  return Object.fromEntries(keys.filter((key) => node[key] !== undefined).map((key) => [key, node[key]]));
}

function demand(schema: Draft, key: keyof StructuralSchema, path: string, remedy: string): void {
  if (schema[key] === undefined) throw new SchemaError(path, `without ${key} the cost of rules has no bound`, remedy);
}
