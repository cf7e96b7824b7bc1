/** A JSON schema, as far as it is looked at. */
interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly [other: string]: unknown;
}
interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * The JSON schema of one kind out of the OpenAPI document (version 3) that an API server has of its group and version; it refuses fields
 * that it does not know.
 * @throws Error when the document has no such kind.
 */
export function schemaOf(document: unknown, wanted: GroupVersionKind): Schema {
  const {schemas} = (document as {readonly components: {readonly schemas: Readonly<Record<string, Schema>>}})
    .components;
  const name = Object.keys(schemas).find((key) => kindsOf(schemas[key]).some((kind) => isSame(kind, wanted)));
  if (name === undefined) throw new Error(`the API server has no ${wanted.kind} in ${wanted.group}/${wanted.version}`);
  const strict = Object.entries(schemas).map(([key, schema]) => [key, closed(schema)] as const);
  return {$ref: `#/components/schemas/${name}`, components: {schemas: Object.fromEntries(strict)}};
}

const kindsOf = (schema: Schema | undefined): readonly GroupVersionKind[] =>
  (schema?.['x-kubernetes-group-version-kind'] ?? []) as readonly GroupVersionKind[];

const isSame = (one: GroupVersionKind, other: GroupVersionKind): boolean =>
  one.group === other.group && one.version === other.version && one.kind === other.kind;

const closed = (schema: Schema): Schema =>
  schema.properties === undefined || schema.additionalProperties !== undefined
    ? schema
    : {...schema, additionalProperties: false};
