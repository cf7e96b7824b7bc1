import {closest, distance} from 'fastest-levenshtein';
import type {z} from 'zod';
import type {Path} from './cel.ts';
import {namePattern} from './meta.ts';
import {durationPattern, moneyPattern} from './quantities.ts';
import type {StructuralSchema} from './structural.ts';

/** What a schema finds wrong at a place, in words for people. */
export interface Diagnosis {
  readonly path: Path;
  /** Set when the place is a key that should not be there. */
  readonly unknownKey?: string;
  readonly message: string;
  readonly remedy: string;
}

type Issue = z.core.$ZodIssue;
type IssueOf<Code extends Issue['code']> = Extract<Issue, {code: Code}>;
type Words = Omit<Diagnosis, 'path'>;

/** Words for a zod issue. `schema` is the structural schema of the whole object, `value` what stands at the issue's path. */
export function diagnose(issue: Issue, schema: StructuralSchema, value: unknown): readonly Diagnosis[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  const here = schemaAt(schema, path);
  return wordsFor(issue, here, value).map((words) => ({path, ...words}));
}

function schemaAt(schema: StructuralSchema, path: Path): StructuralSchema {
  return path.reduce<StructuralSchema>((node, step) => {
    if (typeof step === 'number') return node.items ?? {};
    return node.properties?.[step] ?? node.additionalProperties ?? {};
  }, schema);
}

function wordsFor(issue: Issue, here: StructuralSchema, value: unknown): readonly Words[] {
  if (value === undefined && issue.code !== 'unrecognized_keys') return [missing(issue.path.at(-1), here)];
  if (value === null) return [{message: 'has no value', remedy: `give ${article(here)}, or remove the line`}];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, here));
    case 'invalid_type':
      return [wrongType(issue, here, value)];
    case 'invalid_value':
      return [notAChoice(issue.values.map(String), value)];
    case 'too_small':
    case 'too_big':
      return [outOfRange(issue)];
    case 'invalid_format':
      return [wrongFormat(issue, value)];
    default:
      return [{message: issue.message.toLowerCase(), remedy: `give ${article(here)}`}];
  }
}

function missing(name: PropertyKey | undefined, here: StructuralSchema): Words {
  const choices = here.enum === undefined ? '' : `, one of ${here.enum.map(String).join(', ')}`;
  return {message: 'is required', remedy: `add ${String(name)}: ${article(here)}${choices}`};
}

function unknownKey(key: string, here: StructuralSchema): Words {
  const known = Object.keys(here.properties ?? {});
  const remedy = known.length === 0 ? 'remove it' : `remove it; known here: ${known.join(', ')}`;
  return {unknownKey: key, message: 'is not a field', remedy: suggestion(key, known) ?? remedy};
}

function notAChoice(choices: readonly string[], value: unknown): Words {
  const hint = typeof value === 'string' ? suggestion(value, choices) : undefined;
  const listed = choices.length === 1 ? `it must be ${choices.join()}` : `choose one of ${choices.join(', ')}`;
  return {message: 'is not among the choices', remedy: hint === undefined ? listed : `${hint} (${listed})`};
}

/** `did you mean X?` when a known name is near enough to be a slip. */
export function suggestion(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const plain = (text: string): string => text.toLowerCase().replaceAll(/[-_ ]/g, '');
  const nearest = known.find((other) => plain(other) === plain(name)) ?? closest(name, known);
  const slips = distance(plain(name), plain(nearest));
  return slips <= Math.max(1, Math.floor(nearest.length / 3)) ? `did you mean ${nearest}?` : undefined;
}

const typeRemedies: Readonly<Record<string, (value: unknown) => string | undefined>> = {
  string: (value) => (typeof value === 'object' ? undefined : `write it in quotes: "${JSON.stringify(value)}"`),
  number: (value) => (isNumeral(value) ? `write ${value} without quotes` : undefined),
  int: (value) =>
    typeof value === 'number' ? `write a whole number, such as ${String(Math.round(value))}` : undefined,
  boolean: (value) => (value === 'true' || value === 'false' ? `write ${value} without quotes` : 'write true or false'),
  array: () => 'write a list: each item on a line that begins with "- "',
};

const isNumeral = (value: unknown): value is string =>
  typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value));

function wrongType(issue: IssueOf<'invalid_type'>, here: StructuralSchema, value: unknown): Words {
  const expected = article(here);
  const format = formats.find(({pattern}) => pattern.source === here.pattern);
  if (format !== undefined && !format.pattern.test(String(value))) return wordsOf(format);
  return {message: `must be ${expected}`, remedy: typeRemedies[issue.expected]?.(value) ?? `give ${expected}`};
}

/** A type in words, with the members of an object. */
function article(here: StructuralSchema): string {
  const members = Object.keys(here.properties ?? {});
  if (here.type === 'object')
    return members.length === 0 ? 'a mapping' : `a mapping with ${members.slice(0, 8).join(', ')}`;
  return articles[here.type ?? ''] ?? 'a value';
}

const articles: Readonly<Record<string, string>> = {
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

const units: Readonly<Record<string, string>> = {string: ' character', array: ' item'};

function outOfRange(issue: IssueOf<'too_small'> | IssueOf<'too_big'>): Words {
  const small = issue.code === 'too_small';
  const bound = String(small ? issue.minimum : issue.maximum);
  const counted = units[issue.origin];
  const unit = counted === undefined ? '' : `${counted}${bound === '1' ? '' : 's'}`;
  const inclusive = small ? `at least ${bound}` : `at most ${bound}`;
  const exclusive = small ? `more than ${bound}` : `less than ${bound}`;
  const wanted = (issue.inclusive === false ? exclusive : inclusive) + unit;
  return {message: small ? 'is too small' : 'is too large', remedy: `give ${wanted}`};
}

interface Format extends Words {
  readonly pattern: RegExp;
}
const wordsOf = ({message, remedy}: Format): Words => ({message, remedy});

const formats: readonly Format[] = [
  {
    pattern: durationPattern,
    message: 'is not a duration',
    remedy: 'give hours, minutes and seconds such as 90s, 10m or 1h30m',
  },
  {
    pattern: moneyPattern,
    message: 'is not an amount of money',
    remedy: 'give a decimal in quotes, such as "3.06", without a currency',
  },
  {
    pattern: namePattern,
    message: 'is not a name that Kubernetes takes',
    remedy: 'use lower-case letters, digits, - and ., and begin and end with a letter or digit',
  },
];

function wrongFormat(issue: IssueOf<'invalid_format'>, value: unknown): Words {
  const known = formats.find(({pattern}) => String(pattern) === issue.pattern);
  if (known !== undefined) return wordsOf(known);
  return {
    message: `${JSON.stringify(value)} has the wrong form`,
    remedy: `match ${issue.pattern ?? issue.format}`,
  };
}
