import {Environment} from '@marcbachmann/cel-js';
import type {CelRule} from './rule.ts';
import {rulesKey} from './rule.ts';
import type {StructuralSchema} from './structural.ts';

export type Path = readonly (string | number)[];

/** A rule of the schema that an object breaks. */
export interface Violation {
  /** Where the rule points: the place that it sits at, and its fieldPath. */
  readonly path: Path;
  readonly rule: CelRule;
  /** The rule could not be evaluated, as when a field that it reads is missing or of another type. */
  readonly unevaluable: boolean;
}

const environment = new Environment({unlistedVariablesAreDyn: true, enableOptionalTypes: true});

/**
 * The rules (CEL) that an object breaks, as the API server finds them: on the object with defaults filled in, integers as CEL integers,
 * rules about a change (`oldSelf`) only when there is an old object. A rule whose evaluation ends in an error counts as broken.
 */
export function violations(schema: StructuralSchema, object: unknown, old?: unknown): readonly Violation[] {
  return walk({schema, path: [], value: object, old});
}

interface Visit {
  readonly schema: StructuralSchema;
  readonly path: Path;
  readonly value: unknown;
  readonly old: unknown;
}

function walk(visit: Visit): Violation[] {
  const {schema, path, value} = visit;
  if (value === undefined || value === null) return [];
  const here = (schema[rulesKey] ?? []).flatMap((rule) => {
    const outcome = evaluate(rule, visit);
    if (outcome === true) return [];
    return [{rule, path: [...path, ...fieldPathOf(rule)], unevaluable: outcome === undefined}];
  });
  return [...here, ...childrenOf(visit).flatMap((child) => walk(child))];
}

/** Undefined when the evaluation ends in an error. */
function evaluate({rule}: CelRule, {schema, value, old}: Visit): boolean | undefined {
  const isTransition = /\boldSelf\b/.test(rule);
  if (isTransition && old === undefined) return true;
  try {
    return environment.evaluate(rule, {self: celValue(schema, value), oldSelf: celValue(schema, old)}) === true;
  } catch {
    return undefined;
  }
}

function childrenOf({schema, path, value, old}: Visit): Visit[] {
  if (Array.isArray(value)) {
    // items of a list cannot be matched with old ones: rules about a change do not apply to them
    const items: readonly unknown[] = value;
    return items.map((item, at) => ({schema: schema.items ?? {}, path: [...path, at], value: item, old: undefined}));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, member]) => ({
    schema: memberSchema(schema, name),
    path: [...path, name],
    value: member,
    old: isObject(old) ? old[name] : undefined,
  }));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const memberSchema = (schema: StructuralSchema, name: string): StructuralSchema =>
  schema.properties?.[name] ?? schema.additionalProperties ?? {};

const fieldPathOf = (rule: CelRule): Path => (rule.fieldPath ?? '').split('.').filter((part) => part !== '');

/** CEL tells integers and doubles apart, JavaScript does not: the schema does. */
function celValue(schema: StructuralSchema, value: unknown): unknown {
  if (typeof value === 'number' && schema.type === 'integer' && Number.isInteger(value)) return BigInt(value);
  if (Array.isArray(value)) return value.map((item) => celValue(schema.items ?? {}, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, celValue(memberSchema(schema, name), member)]),
  );
}

/** The object as the API server stores it: defaults of the schema filled in, wherever their parent is given. */
export function defaulted(schema: StructuralSchema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => defaulted(schema.items ?? {}, item));
  if (!isObject(value)) return value;
  const missing = Object.entries(schema.properties ?? {}).filter(
    ([name, member]) => value[name] === undefined && member.default !== undefined,
  );
  const complete = {...value, ...Object.fromEntries(missing.map(([name, member]) => [name, member.default]))};
  return Object.fromEntries(
    Object.entries(complete).map(([name, member]) => [name, defaulted(memberSchema(schema, name), member)]),
  );
}
