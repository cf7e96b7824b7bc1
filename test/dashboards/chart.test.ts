import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {parseAllDocuments} from 'yaml';
import {template} from '../helm/chart.ts';
import {dashboard} from './dashboard.ts';

interface ConfigMap {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: unknown;
  };
  readonly data: Readonly<Record<string, string>>;
}

/** What the chart installs of dashboards with these values. */
async function dashboards(...values: readonly string[]): Promise<readonly ConfigMap[]> {
  const rendered = await template(...values.flatMap((value) => ['--set', value]));
  const objects = parseAllDocuments(rendered).map((document) => document.toJS() as ConfigMap | null);
  return objects
    .filter((object) => object?.metadata.name.startsWith('archsearch-dashboard-'))
    .filter((object) => object !== null);
}

describe('the chart’s dashboards', () => {
  test('are not there unless they are asked for', async () => {
    assert.deepEqual(await dashboards(), []);
  });

  test('are ConfigMaps with the label that Grafana’s sidecar looks for, each a file as it was generated', async () => {
    const [map, ...more] = await dashboards('metrics.dashboards.enabled=true');
    assert.deepEqual(more, []);
    assert.equal(map?.kind, 'ConfigMap');
    assert.equal(map.metadata.labels['grafana_dashboard'], '1');
    assert.deepEqual(Object.keys(map.data), ['archsearch-search.json']);
    assert.deepEqual(JSON.parse(map.data['archsearch-search.json'] ?? ''), dashboard('search'));
  });

  test('take the labels and annotations of another sidecar', async () => {
    const [map] = await dashboards(
      'metrics.dashboards.enabled=true',
      'metrics.dashboards.labels.dashboards=yes',
      'metrics.dashboards.annotations.grafana_folder=archsearch',
    );
    assert.equal(map?.metadata.labels['dashboards'], 'yes');
    assert.deepEqual(map.metadata.annotations, {grafana_folder: 'archsearch'});
  });
});
