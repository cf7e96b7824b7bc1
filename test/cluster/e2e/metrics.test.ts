import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {parseDocument} from 'yaml';
import type {Pod} from '../../../api/pod.ts';
import {asked, dashboard, queriesOf} from '../../dashboards/dashboard.ts';
import {agreed, call, waitFor} from '../cluster.ts';
import {TestNamespace} from '../namespace.ts';
import {Prometheus, complaintsOf} from '../prometheus.ts';
import type {Line} from '../prometheus.ts';
import {install, kill, ready, systemNamespace, uninstall} from './installation.ts';
import {apply, listOf, shellSearch, untilOver} from './searches.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const example = readFileSync(join(project, 'examples', 'digits.yaml'), 'utf8');
/** The queries of the page, and what it would have an alert on. */
const documented = [
  ...readFileSync(join(project, 'docs', 'metrics.md'), 'utf8').matchAll(/```promql( alert)?\n(.*?)```/gs),
].map(([, alert, expression = '']) => ({expression, isAlert: alert !== undefined}));

/** A search with all of its stages, in two minutes. */
function smaller(): string {
  const document = parseDocument(example);
  for (const [path, value] of [
    ['limits.trials', 6],
    ['limits.cost', '10'],
    ['limits.duration', '2h'],
    ['template.pricePerGpuHour', '3.06'],
    ['estimation.maxEpochs', 3],
    ['selection.retrain', 1],
    ['selection.seeds', 1],
    ['selection.epochs', 3],
  ] as const)
    document.setIn(['spec', ...path.split('.')], value);
  return document.toString();
}

/** Its Pods ask for a node that there is not. */
const stuck = shellSearch({name: 'stuck', script: 'sleep 1', limits: 'trials: 1', trialDuration: '10m'}).replace(
  'nodeSelector: {}',
  'nodeSelector: {kubernetes.io/hostname: node-z}',
);

interface PodList {
  readonly items: readonly (Pod & {readonly status?: {readonly podIP?: string}})[];
}

/** The addresses of the operators that run. */
async function operators(): Promise<readonly string[]> {
  const selector = 'labelSelector=app.kubernetes.io/component=operator';
  const {items} = (await agreed(call('GET', `/api/v1/namespaces/${systemNamespace}/pods?${selector}`))) as PodList;
  return items.flatMap(({metadata, status}) =>
    metadata.deletionTimestamp === undefined && status?.podIP !== undefined ? [status.podIP] : [],
  );
}

/** The other one takes over. */
async function killLeader(prometheus: Prometheus): Promise<void> {
  const [leader] = await prometheus.query('archsearch_operator_leader == 1');
  const pod = leader?.labels['pod'] ?? assert.fail('nobody leads');
  await agreed(call('DELETE', `/api/v1/namespaces/${systemNamespace}/pods/${pod}`, {gracePeriodSeconds: 0}));
  await waitFor('another one leads', 60, async () => {
    const leading = await prometheus.query(`archsearch_operator_leader{pod!="${pod}"} == 1`);
    return leading.length === 1 ? true : undefined;
  });
}

/** Without the labels that tell one process of the operator from another. */
const merged = (selector: string): string => `max without (instance, pod) (${selector})`;

/** Values that come after a greater one. */
const falls = ({labels, values}: Line): readonly string[] =>
  values.flatMap((value, at) => {
    const before = values[at - 1] ?? value;
    return value < before ? [`${JSON.stringify(labels)}: ${String(before)} → ${String(value)}`] : [];
  });

describe('metrics', {concurrency: false}, () => {
  const held: {search?: TestNamespace; stuck?: TestNamespace; prometheus?: Prometheus} = {};
  const started = performance.now();
  const sinceStart = (): number => Math.ceil((performance.now() - started) / 1000);
  const prometheus = (): Prometheus => held.prometheus ?? assert.fail('Prometheus was not started');
  const namespace = (): string => held.search?.name ?? assert.fail('the namespace was not made');
  before(async () => {
    held.search = await TestNamespace.create('metrics');
    held.stuck = await TestNamespace.create('metrics-stuck');
    await install([held.search.name, held.stuck.name], ['operator.replicas=2']);
    held.prometheus = await Prometheus.start(systemNamespace);
  });
  after(async () => {
    await held.prometheus?.stop();
    await held.search?.remove();
    await held.stuck?.remove();
    await uninstall();
  });

  test('of two operators both say that they are well, and one that it leads', async () => {
    await waitFor('both are scraped, and one leads', 60, async () => {
      const [scraped, leading] = [
        await prometheus().number('sum(up)'),
        await prometheus().number('sum(archsearch_operator_leader)'),
      ];
      return scraped === 2 && leading === 1 ? true : undefined;
    });
    const addresses = await operators();
    assert.equal(addresses.length, 2);
    for (const address of addresses)
      for (const path of ['/healthz', '/readyz']) {
        const answer = await fetch(`http://${address}:8081${path}`);
        assert.deepEqual([answer.status, await answer.text()], [200, 'ok\n'], path);
      }
  });

  test('a whole search, its operators killed on the way, the leader and then all of them: the sums are the ledger’s, and no counter ever fell', async (context) => {
    const search = `{namespace="${namespace()}",search="digits"}`;
    await apply(held.stuck?.name ?? assert.fail(), stuck);
    await apply(namespace(), smaller());
    const ended = `sum(${merged(`archsearch_search_trials{namespace="${namespace()}",reason!=""}`)})`;
    const untilEnded = (count: number) =>
      waitFor(`${String(count)} trials have ended`, 240, async () =>
        ((await prometheus().number(ended)) ?? 0) >= count ? true : undefined,
      );
    await untilEnded(2);
    assert.equal(await prometheus().number(`count(archsearch_search_info${search})`), 1, 'the leader alone tells');
    await killLeader(prometheus());
    await untilEnded(4);
    await kill('operator');
    await ready();
    const over = await untilOver(namespace(), 600, 'digits');
    assert.equal(over.status?.phase, 'Succeeded', JSON.stringify(over.status));
    const finished = `archsearch_search_phase{namespace="${namespace()}",search="digits",phase="Succeeded"}`;
    await waitFor('the end is scraped', 30, async () =>
      (await prometheus().number(merged(finished))) === 1 ? true : undefined,
    );

    const [ledger] = await listOf(namespace(), 'gpuledgers');
    const used = Object.values(ledger?.spec.used ?? {});
    const sumOf = async (name: string): Promise<number> =>
      (await prometheus().number(`sum(${merged(name + search)})`)) ?? assert.fail(name);
    const milliseconds = used.reduce((sum, {gpuMilliseconds}) => sum + gpuMilliseconds, 0);
    const micros = used.reduce((sum, {microDollars}) => sum + microDollars, 0);
    assert.ok(milliseconds > 0 && micros > 0);
    assert.equal(Math.round((await sumOf('archsearch_search_used_gpu_seconds_total')) * 1000), milliseconds);
    assert.equal(Math.round((await sumOf('archsearch_search_used_cost_dollars_total')) * 1e6), micros);
    assert.equal(await sumOf('archsearch_search_reserved_gpu_seconds'), 0);
    assert.equal(Math.round((await sumOf('archsearch_search_remaining_gpu_seconds')) * 1000), 7_200_000 - milliseconds);

    const trials = await listOf(namespace(), 'trials');
    assert.equal(await sumOf('archsearch_search_trials'), trials.length);
    const attempts = trials.flatMap(({status}) => status?.attempts ?? []);
    assert.equal(await sumOf('archsearch_search_attempts'), attempts.length);
    const epochs = trials.reduce((sum, {status}) => sum + (status?.epochs ?? 0), 0);
    assert.equal(await sumOf('archsearch_search_epochs_total'), epochs);
    assert.equal(
      await prometheus().number(
        merged(`archsearch_search_best_objective{namespace="${namespace()}",objective="accuracy"}`),
      ),
      over.status.best?.values['accuracy'],
    );
    const stages = await prometheus().query(
      `sum by (stage) (${merged(`archsearch_search_pod_stage_duration_seconds_count${search}`)})`,
    );
    assert.deepEqual(stages.map(({labels}) => labels['stage']).toSorted(), [
      'Admission',
      'FirstStep',
      'Scheduling',
      'Starting',
    ]);
    const opened = attempts.filter(({waited}) => waited?.admission !== undefined).length;
    assert.equal(stages.find(({labels}) => labels['stage'] === 'Admission')?.value, opened);

    const counters = `{__name__=~"archsearch_search_.*(_total|_count|_sum|_bucket)",namespace="${namespace()}"}`;
    const own = await prometheus().scraped(counters, sinceStart());
    const together = await prometheus().range(
      `max by (__name__, namespace, search, outcome, stage, le) (${counters})`,
      sinceStart(),
    );
    assert.ok(own.length > together.length, 'more than one process has told');
    assert.deepEqual([...own, ...together].flatMap(falls), []);
    context.diagnostic(`${String(together.length)} counters, ${String(milliseconds / 1000)} GPU-seconds`);
  });

  test('what is stuck, and why, is a query', async () => {
    const problems = await waitFor('the problem is told', 120, async () => {
      const found = await prometheus().query(`${merged('archsearch_search_problem{search="stuck"}')} == 1`);
      return found.length > 0 ? found : undefined;
    });
    assert.deepEqual(
      problems.map(({labels}) => [labels['namespace'], labels['condition'], labels['reason']]),
      [[held.stuck?.name, 'PodsStarting', 'Unschedulable']],
    );
    const waiting = `archsearch_search_pods{search="stuck",state="Unscheduled"}`;
    assert.equal(await prometheus().number(merged(waiting)), 1);
  });

  test('the queries of docs/metrics.md find something, and its alerts nothing at the end of a search that went well', async () => {
    assert.ok(documented.length >= 8);
    for (const {expression, isAlert} of documented)
      if (isAlert) assert.deepEqual(await prometheus().query(expression), [], expression);
      else assert.ok((await prometheus().range(expression, sinceStart())).length > 0, expression);
  });

  test('every query of the dashboard Search finds something, for the searches that are chosen and for all', async () => {
    const search = dashboard('search');
    const both = [namespace(), held.stuck?.name ?? assert.fail()];
    for (const chosen of [{namespace: both, search: ['digits', 'stuck']}, {namespace: 'All', search: 'All'} as const]) {
      const empty: string[] = [];
      for (const {title, legendFormat, expr} of queriesOf(search)) {
        const found = await prometheus().range(asked(expr, chosen), sinceStart());
        if (!found.some(({values}) => values.some(Number.isFinite))) empty.push(`${title}: ${legendFormat}`);
      }
      assert.deepEqual(empty, []);
    }
  });

  test('every process tells how it works', async () => {
    for (const [expression, least] of [
      ['sum(archsearch_operator_reconcile_duration_seconds_count)', 10],
      ['sum(archsearch_operator_plan_duration_seconds_count)', 10],
      ['sum(archsearch_operator_api_requests_total{verb="patch",code="200"})', 1],
      ['count(archsearch_operator_watch_age_seconds < 120)', 8],
      ['sum(archsearch_operator_actions_total)', 1],
      ['sum(archsearch_operator_fold_duration_seconds_count)', 1],
      ['sum(archsearch_operator_replay_duration_seconds_count)', 1],
      ['sum(archsearch_operator_ask_duration_seconds_count)', 1],
      ['sum(archsearch_operator_event_loop_delay_seconds_count)', 10],
      ['sum(archsearch_operator_nats_connected)', 1],
      ['sum(archsearch_operator_nats_messages_received_total)', 1],
      ['sum(process_resident_memory_bytes)', 1],
    ] as const) {
      const found = await prometheus().number(expression);
      assert.ok((found ?? 0) >= least, `${expression} is ${String(found)}`);
    }
  });

  test('promtool finds nothing to say against what a leader tells', async () => {
    const texts = await Promise.all(
      (await operators()).map(async (address) => (await fetch(`http://${address}:8080/metrics`)).text()),
    );
    const leader = texts.find((text) => /^archsearch_operator_leader 1$/m.test(text)) ?? assert.fail('nobody leads');
    assert.match(leader, /^archsearch_search_used_gpu_seconds_total\{/m);
    for (const text of texts) assert.equal(await complaintsOf(text), '');
  });
});
