/* eslint-disable @typescript-eslint/no-deprecated -- The classic format: files and sidecars of every Grafana since 9 take it, those of the
   one that follows it only from Grafana 13 on. */
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dashboard, Panel} from '@grafana/grafana-foundation-sdk/dashboard';
import {messages} from './search/messages.ts';
import {operator} from './search/operator.ts';
import {overview} from './search/overview.ts';
import {results} from './search/results.ts';
import {spending} from './search/spending.ts';
import {stuck} from './search/stuck.ts';
import {trials} from './search/trials.ts';

/** In the order in which whoever opens the dashboard asks. */
const rows: Readonly<Record<string, readonly Builder<Panel>[]>> = {
  'How is it going?': overview,
  'What is stuck, and why?': stuck,
  'What does it find?': results,
  'What does it cost?': spending,
  'What do the trials do?': trials,
  'Are messages arriving? (NATS)': messages,
  'Is the operator well?': operator,
};

/** One of the labels of searches, all of whose values are chosen until the reader chooses. */
const choice = (name: string, label: string, query: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource({type: 'prometheus', uid: '${datasource}'})
    .query({query, refId: name})
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({text: 'All', value: '$__all'});

/** How searches go, what they find and cost, what is stuck and why, and whether the operator is well. */
export function searchDashboard(): Dashboard {
  const dashboard = new DashboardBuilder('Search')
    .uid('archsearch-search')
    .description('archsearch: how searches go, what they find and cost, and what is stuck and why')
    .tags(['archsearch'])
    .tooltip(DashboardCursorSync.Crosshair)
    .time({from: 'now-6h', to: 'now'})
    .refresh('30s')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(choice('namespace', 'Namespace', 'label_values(archsearch_search_info, namespace)'))
    .withVariable(choice('search', 'Search', 'label_values(archsearch_search_info{namespace=~"$namespace"}, search)'));
  for (const [title, panels] of Object.entries(rows)) {
    dashboard.withRow(new RowBuilder(title));
    for (const panel of panels) dashboard.withPanel(panel);
  }
  const built = dashboard.build();
  // Grafana tells panels apart by their numbers: rows have none of their own.
  return {...built, panels: built.panels?.map((panel, at) => ({...panel, id: at + 1})) ?? []};
}
