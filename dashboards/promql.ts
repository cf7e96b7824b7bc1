import {families} from '../operator/metrics/families.ts';
import type {FamilyName} from '../operator/metrics/families.ts';
import type {Family} from '../operator/metrics/family.ts';

// Queries of Prometheus, put together from the operator's own metrics: a name or a label that it does not have is an error when the
// dashboard is made.

/** Conditions on labels, each with its operator: `{phase: '="Running"'}`. */
export type Matchers = Readonly<Record<string, string>>;

/** What the reader has chosen at the head of the dashboard. */
const chosen: Matchers = {namespace: '=~"$namespace"', search: '=~"$search"'};
const byProcess = ['instance', 'pod'];

/** The names under which Prometheus keeps a metric. */
type Part = '' | '_bucket' | '_sum' | '_count';

function selector(name: FamilyName, matchers: Matchers, part: Part = ''): string {
  const {labels, type}: Family = families[name];
  const unknown = Object.keys(matchers).filter((label) => !labels.includes(label));
  if (unknown.length > 0) throw new Error(`${name} has no label ${unknown.join(', ')}: it has ${labels.join(', ')}`);
  if ((type === 'histogram') !== (part !== ''))
    throw new Error(`${name} is a ${type}: it is not asked as ${name}${part}`);
  const conditions = Object.entries(matchers).map(([label, condition]) => `${label}${condition}`);
  return conditions.length === 0 ? `${name}${part}` : `${name}${part}{${conditions.join(', ')}}`;
}

/** The metric of the searches that are chosen: of two processes that tell of one search, while the lead changes, one is taken. */
const once = (expression: string): string => `max without (${byProcess.join(', ')}) (${expression})`;
const bySearch = (labels: readonly string[]): string => `by (${['namespace', 'search', ...labels].join(', ')})`;

/** The sum over the chosen searches' series, each search by itself, and by these labels. */
export const sumOf = (name: FamilyName, by: readonly string[] = [], matchers: Matchers = {}): string =>
  `sum ${bySearch(by)} (${once(selector(name, {...chosen, ...matchers}))})`;

/** The least value that so large a part of all observations of the chosen searches stays below. */
export const quantileOf = (quantile: number, name: FamilyName, by: readonly string[]): string => {
  const buckets = once(selector(name, chosen, '_bucket'));
  return `histogram_quantile(${quantile}, sum ${bySearch([...by, 'le'])} (${buckets}))`;
};

/** The chosen searches, of which none is over. */
export const underWay = (): string => `${sumOf('archsearch_search_phase', [], {phase: '!~"Succeeded|Failed"'})} == 1`;

const byPod = (labels: readonly string[]): string => `by (${['pod', ...labels].join(', ')})`;

/** A gauge of each process of the operator. */
export const ofOperators = (name: FamilyName, by: readonly string[] = []): string =>
  `max ${byPod(by)} (${selector(name, {})})`;

/** What a counter of all processes of the operator grows by in a second. */
export const operatorRate = (name: FamilyName, by: readonly string[] = []): string => {
  const grouping = by.length === 0 ? '' : `by (${by.join(', ')}) `;
  return `sum ${grouping}(rate(${selector(name, {})}[$__rate_interval]))`;
};

/** Nineteen of twenty, or so, of what each process of the operator has observed lately stay below it. */
export const operatorQuantile = (quantile: number, name: FamilyName): string =>
  `histogram_quantile(${quantile}, sum ${byPod(['le'])} (rate(${selector(name, {}, '_bucket')}[$__rate_interval])))`;

/** A query, and where it finds nothing at all, 0 under a name: so that a healthy system shows that it was looked at. */
export const orNone = (expression: string, label: string): string =>
  `${expression} or on() label_replace(vector(0), "${label}", "None", "", "")`;
