/** Plain JSON. Architectures, strategy states and log entries are values of this type: nothing else survives a restart. */
export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json | undefined};

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** JSON text that does not depend on the order of keys: equal values have equal texts. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(byKey))
      : part,
  );
}
