import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Metrics} from '../../operator/metrics.ts';

const labels = {namespace: 'team', search: 'digits'};
const epochs = {name: 'archsearch_search_epochs_total', labels} as const;
const stage = {name: 'archsearch_search_pod_stage_duration_seconds', labels: {...labels, stage: 'Starting'}} as const;
const linesOf = async (metrics: Metrics, start: string): Promise<string[]> =>
  (await metrics.text()).split('\n').filter((line) => line.startsWith(start));

test('a counter is what its samples say, however often it is read', async () => {
  const metrics = new Metrics();
  for (const value of [3, 5]) {
    metrics.replace('search team/digits', [{...epochs, value}]);
    assert.deepEqual(await linesOf(metrics, epochs.name), [
      `archsearch_search_epochs_total{namespace="team",search="digits"} ${String(value)}`,
    ]);
  }
});

test('observations of a histogram are counted anew, and not on top of the last ones', async () => {
  const metrics = new Metrics();
  for (const values of [[1], [1, 700]])
    metrics.replace(
      'search team/digits',
      values.map((value) => ({...stage, value})),
    );
  const lines = await linesOf(metrics, stage.name);
  const of = (part: string): string | undefined =>
    lines
      .find((line) => line.includes(part))
      ?.split(' ')
      .at(-1);
  assert.deepEqual([of('_count'), of('_sum'), of('le="600"'), of('le="+Inf"')], ['2', '701', '1', '2']);
});

test('series of a group that has no samples any more are gone, and those of others stay', async () => {
  const metrics = new Metrics();
  metrics.replace('search team/digits', [{...epochs, value: 3}]);
  metrics.replace('search team/other', [{...epochs, labels: {...labels, search: 'other'}, value: 1}]);
  metrics.replace('search team/digits', []);
  assert.deepEqual(await linesOf(metrics, epochs.name), [
    'archsearch_search_epochs_total{namespace="team",search="other"} 1',
  ]);
  assert.deepEqual(metrics.groups(), ['search team/other']);
});

test('what is measured adds up', async () => {
  const metrics = new Metrics();
  metrics.put('archsearch_operator_actions_total', 1, {action: 'Settle'});
  metrics.put('archsearch_operator_actions_total', 1, {action: 'Settle'});
  assert.deepEqual(await linesOf(metrics, 'archsearch_operator_actions_total'), [
    'archsearch_operator_actions_total{action="Settle"} 2',
  ]);
});

test('what the process is doing is told too, under the names that everybody uses', async () => {
  const text = await new Metrics().text();
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  assert.match(text, /^nodejs_eventloop_lag_p99_seconds /m);
});
