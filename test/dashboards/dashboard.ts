import {readFileSync} from 'node:fs';
import {join} from 'node:path';

// What the tests read of a dashboard as the chart has it, and how Grafana asks its queries.

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat: string;
  readonly instant?: boolean;
  readonly format?: string;
  readonly datasource: {readonly uid: string};
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: {readonly x: number; readonly y: number; readonly w: number; readonly h: number};
  readonly targets?: readonly Target[];
  readonly options?: {readonly content?: string; readonly legend?: {readonly showLegend: boolean}};
  readonly fieldConfig?: {
    readonly defaults: {readonly unit?: string};
    readonly overrides: readonly {readonly properties: readonly {readonly id: string}[]}[];
  };
}

interface Variable {
  readonly name: string;
  readonly type: string;
  readonly query: string | {readonly query: string};
  readonly multi?: boolean;
  readonly includeAll?: boolean;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly templating: {readonly list: readonly Variable[]};
}

const folder = join(import.meta.dirname, '..', '..', 'helm', 'archsearch', 'dashboards');

export const dashboard = (name: string): Dashboard =>
  JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Dashboard;

/** Every query with the title of its panel. */
export const queriesOf = ({panels}: Dashboard): readonly (Target & {readonly title: string})[] =>
  panels.flatMap(({title, targets = []}) => targets.map((target) => ({...target, title})));

/**
 * The query that Grafana sends: a variable of many values is a group of a regular expression, each value escaped for it; all of them are
 * `.*`, as the dashboard says. `$__rate_interval` is four intervals of scraping at least, which are 15 seconds unless the data source is told
 * otherwise.
 */
export function asked(expression: string, chosen: Readonly<Record<string, readonly string[] | 'All'>>): string {
  return expression.replaceAll(/\$\{?(\w+)\}?/g, (text, name: string) => {
    if (name === '__rate_interval') return '1m';
    const values = chosen[name];
    if (values === undefined) throw new Error(`${text} is no variable of the dashboard: ${expression}`);
    if (values === 'All') return '.*';
    const escaped = values.map((value) => value.replaceAll(/[\\^$*+?.()|[\]{}]/g, '\\\\$&'));
    return escaped.length === 1 ? escaped.join('') : `(${escaped.join('|')})`;
  });
}
