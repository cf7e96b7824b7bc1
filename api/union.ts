import {z} from 'zod';
import {celRule, rulesKey} from './rule.ts';

interface Row {
  readonly type: string;
  readonly settings: z.ZodType;
}

/** `RegularizedEvolution` → `regularizedEvolution`: the member that holds a type's settings. */
export const memberOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

/**
 * The schema of a choice among the rows of a table: `type` plus an optional member of the same name with its settings.
 * Structural schemas have no unions, so that a CEL rule keeps members of other types out.
 */
export function unionOf(rows: readonly Row[], what: string) {
  const types = rows.map((row) => row.type);
  const members = Object.fromEntries(rows.map((row) => [memberOf(row.type), memberSchema(row)]));
  const rules = rows.map((row) =>
    celRule({
      rule: `!has(self.${memberOf(row.type)}) || self.type == '${row.type}'`,
      wrong: `${memberOf(row.type)} holds the settings of type ${row.type}`,
      remedy: `remove it, or set type: ${row.type}`,
      fieldPath: `.${memberOf(row.type)}`,
    }),
  );
  return z
    .strictObject({type: z.enum(types as [string, ...string[]]).describe(`Which ${what}.`), ...members})
    .meta({[rulesKey]: rules});
}

const memberSchema = (row: Row) =>
  row.settings.optional().describe(row.settings.description ?? `Settings of ${row.type}.`);

/** The chosen row and its settings with defaults filled in. */
export function chosen<R extends Row>(
  rows: readonly R[],
  choice: {readonly type: string},
): {row: R; settings: unknown} {
  const row = rows.find((candidate) => candidate.type === choice.type);
  if (row === undefined)
    throw new RangeError(`unknown type ${choice.type}; one of ${rows.map((r) => r.type).join(', ')}`);
  const given = (choice as Readonly<Record<string, unknown>>)[memberOf(choice.type)] ?? {};
  return {row, settings: row.settings.parse(given)};
}
