/**
 * Rules that the API server and `archsearch validate` both enforce: CEL expressions that travel inside the schemas
 * (`.meta({'x-kubernetes-validations': [celRule({...})]})`), so that each rule is written once.
 */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** The member that the rule is about, relative to where it sits: `.limits.cost`. */
  readonly fieldPath?: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

interface Wording {
  readonly rule: string;
  /** What is wrong; holds no colon. */
  readonly wrong: string;
  readonly remedy: string;
  readonly fieldPath?: string;
  readonly reason?: CelRule['reason'];
}

const separator = ': ';

/** kubectl shows one string; what is wrong and what to do are told apart again by the first colon. */
export function celRule({rule, wrong, remedy, fieldPath, reason}: Wording): CelRule {
  if (wrong.includes(separator)) throw new RangeError(`the problem must not hold a colon, the remedy may: ${wrong}`);
  return {
    rule,
    message: `${wrong}${separator}${remedy}`,
    ...(fieldPath === undefined ? {} : {fieldPath}),
    ...(reason === undefined ? {} : {reason}),
  };
}

export function wordingOf(message: string): {readonly wrong: string; readonly remedy: string} {
  const at = message.indexOf(separator);
  if (at < 0) return {wrong: message, remedy: 'change this field'};
  return {wrong: message.slice(0, at), remedy: message.slice(at + separator.length)};
}

/** The key under which rules sit in a schema's metadata. */
export const rulesKey = 'x-kubernetes-validations';

/** `['a', 'b']` as a CEL list. */
export const celList = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

export const exactlyOne = (members: readonly string[]): CelRule =>
  celRule({
    rule: `[${members.map((member) => `has(self.${member})`).join(', ')}].filter(x, x).size() == 1`,
    wrong: `exactly one of ${members.join(', ')} must be given`,
    remedy: `give one of ${members.join(', ')}`,
  });

/** An object that is written once. */
export const immutable = (what: string, remedy: string): CelRule =>
  celRule({rule: 'self == oldSelf', wrong: `${what} never changes`, remedy, reason: 'FieldValueForbidden'});
