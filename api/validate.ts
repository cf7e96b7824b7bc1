import {z} from 'zod';
import {advise} from './advice.ts';
import type {Path} from './cel.ts';
import {defaulted, violations} from './cel.ts';
import {resources} from './crd.ts';
import {diagnose, suggestion} from './diagnosis.ts';
import type {Manifest} from './manifest.ts';
import {readManifests} from './manifest.ts';
import {apiVersion, group, namePattern} from './meta.ts';
import {checkPodTemplate} from './pod-template-check.ts';
import {wordingOf} from './rule.ts';
import type {ArchitectureSearch} from './search.ts';
import {searchSpec} from './search.ts';
import type {StructuralSchema} from './structural.ts';
import {structural} from './structural.ts';

/** One thing that is wrong with a file, where it is, and what to do about it. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `spec.objectives[0].metric`; empty for the whole document. */
  readonly field: string;
  readonly found: string;
  readonly message: string;
  readonly remedy: string;
}

export interface Validation {
  /** The first search of the file, when the file holds no error. */
  readonly search?: ArchitectureSearch;
  /** Every search of the file, when the file holds no error. */
  readonly searches: readonly ArchitectureSearch[];
  readonly problems: readonly Problem[];
}

const kind = 'ArchitectureSearch';
const text = z.string().max(262144);
const texts = z.record(z.string().max(317), text).meta({maxProperties: 1024});
const anything = z.json().optional();

const metadata = z.strictObject({
  name: z.string().min(1).max(253).regex(namePattern),
  namespace: z.string().max(63).optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
  finalizers: z.array(text).max(64).optional(),
  // written by the API server, and kept when an object is exported
  generateName: anything,
  ownerReferences: anything,
  uid: anything,
  resourceVersion: anything,
  generation: anything,
  creationTimestamp: anything,
  managedFields: anything,
  selfLink: anything,
});

const manifestSchema = z.strictObject({
  apiVersion: z.literal(apiVersion),
  kind: z.literal(kind),
  metadata,
  spec: searchSpec,
  status: z.json().optional(),
});

/** The schemas that a file is held to; made once for many files. */
interface Schemas {
  /** What zod knows, for the names and types of fields. */
  readonly shape: StructuralSchema;
  /** What the API server is given, with the rules. */
  readonly resource: StructuralSchema;
}

function schemasOf(): Schemas {
  const resource = resources().find((row) => row.kind === kind);
  if (resource === undefined) throw new Error(`the table of resources has no ${kind}`);
  return {shape: structural(manifestSchema, kind), resource: resource.schema};
}

/**
 * Checks every ArchitectureSearch of a YAML text as the API server would (types, ranges, choices, unknown fields, CEL rules), and beyond it:
 * values that YAML 1.1 and 1.2 read differently, arithmetic of budgets, and advice. Objects of other kinds are left alone.
 */
export function validateManifest(source: string, file: string): Validation {
  const schemas = schemasOf();
  const manifests = readManifests(source);
  const outcomes = manifests.map((manifest) => checkDocument(manifest, {schemas, file}));
  const problems = outcomes.flatMap((outcome) => outcome.problems);
  const searches = outcomes.flatMap((outcome) => outcome.search ?? []);
  if (problems.length === 0 && searches.length === 0) return {searches, problems: [nothingThere(file)]};
  const broken = problems.some((problem) => problem.severity === 'error');
  const [search] = searches;
  return broken || search === undefined ? {searches: [], problems} : {search, searches, problems};
}

const nothingThere = (file: string): Problem => ({
  severity: 'error',
  file,
  line: 1,
  column: 1,
  field: '',
  found: `no ${kind}`,
  message: 'the file describes no search',
  remedy: `add a document with apiVersion: ${apiVersion} and kind: ${kind}`,
});

interface Outcome {
  readonly search?: ArchitectureSearch;
  readonly problems: readonly Problem[];
}

interface Context {
  readonly schemas: Schemas;
  readonly file: string;
}

function checkDocument(manifest: Manifest, context: Context): Outcome {
  const report = reporter(manifest, context);
  const textual = manifest.problems.map(({path, found, message, remedy, line, column}) => ({
    ...report({path, message, remedy}, found),
    line,
    column,
  }));
  if (manifest.value === undefined) return {problems: textual};
  const role = roleOf(manifest.value);
  if (role === 'foreign') return {problems: []};
  if (role !== 'search') return {problems: [...textual, report(role)]};
  const outcome = checkSearch(manifest.value, context.schemas, report);
  const others = outcome.problems.filter((problem) => !textual.some((known) => known.field === problem.field));
  return {...outcome, problems: [...textual, ...others].sort(byPosition)};
}

const byPosition = (a: Problem, b: Problem): number => a.line - b.line || a.column - b.column;

interface Finding {
  readonly severity?: Problem['severity'];
  readonly path: Path;
  /** Set when the finding is about a key, not about its value. */
  readonly unknownKey?: string;
  readonly message: string;
  readonly remedy: string;
}
type Report = (finding: Finding, found?: string) => Problem;

function reporter(manifest: Manifest, {file}: Context): Report {
  return ({severity = 'error', path, unknownKey, message, remedy}, found) => {
    const isKey = unknownKey !== undefined;
    const position = isKey ? manifest.positionOfKey(path, unknownKey) : manifest.positionOf(path);
    const field = fieldOf(isKey ? [...path, unknownKey] : path);
    return {severity, file, ...position, field, found: found ?? unknownKey ?? manifest.found(path), message, remedy};
  };
}

/** `['spec', 'objectives', 0, 'metric']` → `spec.objectives[0].metric`. */
const fieldOf = (path: Path): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${step}`))
    .join('')
    .replace(/^\./, '');

/** A search to be checked, an object of others, or what is wrong with a document that is neither. */
type Role = 'search' | 'foreign' | Finding;

function roleOf(value: unknown): Role {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return {path: [], message: 'a document must be a mapping', remedy: `begin with apiVersion: ${apiVersion}`};
  const named = value as {apiVersion?: unknown; kind?: unknown};
  if (typeof named.kind !== 'string' || named.kind === kind) return 'search';
  const ours = typeof named.apiVersion === 'string' && named.apiVersion.split('/')[0] === group;
  return ours ? roleOfOurs(named.kind) : roleOfOthers(named.kind);
}

function roleOfOurs(found: string): Role {
  const kinds: readonly string[] = resources().map((row) => row.kind);
  if (kinds.includes(found)) return 'foreign';
  const remedy = suggestion(found, kinds) ?? `write kind: ${kind}`;
  return {path: ['kind'], message: 'is not a kind of archsearch', remedy};
}

function roleOfOthers(found: string): Role {
  const hint = suggestion(found, [kind]);
  return hint === undefined ? 'foreign' : {path: ['kind'], message: 'is not a kind that is known', remedy: hint};
}

function checkSearch(value: unknown, {shape, resource}: Schemas, report: Report): Outcome {
  const parsed = manifestSchema.safeParse(value);
  const stored = defaulted(resource, value);
  const malformed = (parsed.error?.issues ?? []).flatMap((issue) => diagnose(issue, shape, valueAt(value, issue.path)));
  const broken = violations(resource, stored)
    .filter(({path, unevaluable}) => malformed.length === 0 || !(unevaluable || isCovered(path, malformed)))
    .map(({path, rule}) => ({path, ...wordingOf(rule.message)}))
    .map(({path, wrong, remedy}) => report({path, message: wrong, remedy}, foundAt(path)));
  const problems = [...malformed.map((finding) => report(finding)), ...broken];
  if (!parsed.success || problems.length > 0) return {problems};
  const {spec} = parsed.data;
  const findings: readonly Finding[] = [...advise(spec), ...checkPodTemplate(spec.template.podTemplate)];
  const advice = findings.map((finding) => report(finding, foundAt(finding.path)));
  const search = {apiVersion, kind, metadata: (value as ArchitectureSearch).metadata, spec} as const;
  return {search, problems: advice};

  /** A default that takes part in a problem is named as such. */
  function foundAt(path: Path): string | undefined {
    const filled = valueAt(stored, path);
    const isDefault = valueAt(value, path) === undefined && filled !== undefined;
    return isDefault ? `${JSON.stringify(filled)} (the default)` : undefined;
  }
}

/** A place where a type or a choice is wrong already needs no rule to say so again. */
const isCovered = (path: Path, malformed: readonly Finding[]): boolean =>
  malformed.some((finding) => fieldOf(finding.path) === fieldOf(path));

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (node, step) =>
      typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[step] : undefined,
    value,
  );
