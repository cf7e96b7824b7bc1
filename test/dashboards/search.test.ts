import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {ofOperators, quantileOf, sumOf} from '../../dashboards/promql.ts';
import {asked, dashboard, queriesOf} from './dashboard.ts';
import type {Panel} from './dashboard.ts';
import {faultsOf} from './promql.ts';

const search = dashboard('search');
const panels = search.panels.filter(({type}) => type !== 'row');
const charts = panels.filter(({type}) => type !== 'text');
const queries = queriesOf(search);

const all = {namespace: 'All', search: 'All'} as const;
const unitOf = ({fieldConfig}: Panel): string => fieldConfig?.defaults.unit ?? '';

describe('the dashboard Search', () => {
  test('has panels, each with a title, a description and a unit', () => {
    assert.ok(panels.length > 30, String(panels.length));
    assert.deepEqual(
      panels.filter(({title, description = ''}) => title === '' || description.length < 20).map(({title}) => title),
      [],
    );
    assert.deepEqual(
      charts.filter((panel) => unitOf(panel) === '').map(({title}) => title),
      [],
    );
  });

  test('calls every series by a name, and shows the names under lines', () => {
    assert.deepEqual(
      queries.filter(({legendFormat}) => legendFormat === '').map(({title}) => title),
      [],
    );
    const lines = panels.filter(({type}) => type === 'timeseries');
    assert.deepEqual(
      lines.filter(({options}) => options?.legend?.showLegend !== true).map(({title}) => title),
      [],
    );
  });

  test('has a query in each chart, no two of them under one letter, all of the chosen data source', () => {
    for (const {title, targets = []} of charts) {
      assert.ok(targets.length > 0, title);
      assert.equal(new Set(targets.map(({refId}) => refId)).size, targets.length, title);
    }
    assert.deepEqual([...new Set(queries.map(({datasource}) => datasource.uid))], ['${datasource}']);
  });

  test('asks for metrics and labels that the operator has, in queries that can be read', () => {
    assert.deepEqual(
      queries.flatMap(({title, expr}) => faultsOf(asked(expr, all)).map((fault) => `${title}: ${fault}`)),
      [],
    );
  });

  test('names in a legend only labels that the query keeps', () => {
    for (const {title, expr, legendFormat} of queries)
      for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
        assert.match(expr, new RegExp(`(by \\([^)]*\\b${label}\\b)|"${label}"`), `${title}: ${legendFormat}`);
  });

  test('has variables for Prometheus, namespace and search, and uses no other', () => {
    const {list} = search.templating;
    assert.deepEqual(
      list.map(({name, type}) => [name, type]),
      [
        ['datasource', 'datasource'],
        ['namespace', 'query'],
        ['search', 'query'],
      ],
    );
    for (const {expr} of queries) assert.doesNotMatch(asked(expr, all), /\$/);
    const ofSearches = queries.filter(({expr}) => expr.includes('archsearch_search_'));
    assert.ok(ofSearches.every(({expr}) => expr.includes('namespace=~"$namespace", search=~"$search"')));
  });

  test('lays its panels out side by side within 24 columns, none over another', () => {
    assert.equal(new Set(search.panels.map(({id}) => id)).size, search.panels.length);
    const overlap = ({gridPos: a}: Panel, {gridPos: b}: Panel): boolean =>
      a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
    for (const [at, panel] of search.panels.entries()) {
      assert.ok(panel.gridPos.x >= 0 && panel.gridPos.x + panel.gridPos.w <= 24, panel.title);
      const over = search.panels.slice(at + 1).filter((other) => overlap(panel, other));
      assert.deepEqual(
        over.map(({title}) => `${panel.title} / ${title}`),
        [],
      );
    }
  });

  test('tells what the reasons of the documentation mean', () => {
    const [words] = panels.filter(({type}) => type === 'text');
    for (const reason of ['Unschedulable', 'NatsUnreachable', 'WaitingForRoom']) {
      assert.match(words?.options?.content ?? '', new RegExp(`\`${reason}\``));
    }
  });
});

describe('a query', () => {
  const rows: Readonly<Record<string, readonly [string, RegExp]>> = {
    'of a metric that there is not': ['sum(archsearch_search_trial)', /no metric archsearch_search_trial$/],
    'of a histogram under its own name': ['archsearch_operator_plan_duration_seconds', /no metric/],
    'with a label that there is not': ['archsearch_search_trials{phases="Running"}', /no label phases/],
    'by a label that there is not': ['sum by (reasons) (archsearch_search_trials)', /no label reasons/],
    'with a bracket too few': ['sum(archsearch_search_trials', /cannot be read/],
  };
  for (const [name, [expression, fault]] of Object.entries(rows))
    test(`${name} is seen`, () => {
      assert.match(faultsOf(expression).join('; '), fault);
    });

  test('is not made with a label that its metric does not have', () => {
    assert.throws(() => sumOf('archsearch_search_trials', [], {phases: '="Running"'}), {
      message: 'archsearch_search_trials has no label phases: it has namespace, search, purpose, phase, reason',
    });
  });

  test('is not made of a histogram as if it were a gauge, nor the other way round', () => {
    assert.throws(() => ofOperators('archsearch_operator_plan_duration_seconds'), /is a histogram/);
    assert.throws(() => quantileOf(0.5, 'archsearch_search_trials', []), /is a gauge/);
  });
});

test('Grafana asks for the values that are chosen, as a regular expression', () => {
  const expression = 'rate(x{namespace=~"$namespace", search=~"${search}"}[$__rate_interval])';
  assert.equal(
    asked(expression, {namespace: 'All', search: ['a.b']}),
    String.raw`rate(x{namespace=~".*", search=~"a\\.b"}[1m])`,
  );
  assert.equal(asked('x{search=~"$search"}', {search: ['a', 'b']}), 'x{search=~"(a|b)"}');
  assert.throws(() => asked('x{search=~"$other"}', {search: 'All'}), /\$other is no variable/);
});
