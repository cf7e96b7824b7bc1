import {execFile, spawn} from 'node:child_process';
import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {kubeconfig, waitFor} from './cluster.ts';

const run = promisify(execFile);
const address = '127.0.0.1:47998';

/** The folder of prometheus and promtool. */
export async function prometheusFolder(): Promise<string> {
  const {stdout} = await run(join(import.meta.dirname, '..', '..', 'scripts', 'prometheus.sh'));
  return stdout.trim();
}

/** A series with its value at the time of the query. */
export interface Point {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A series with its values, oldest first. */
export interface Line {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Record<string, string>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** As a ServiceMonitor of the chart has it scraped: every Pod with a port of that name, our own labels kept. */
const scrapeConfiguration = (namespace: string, seconds: number): object => ({
  global: {scrape_interval: `${String(seconds)}s`, scrape_timeout: `${String(seconds)}s`},
  scrape_configs: [
    {
      job_name: 'archsearch',
      honor_labels: true,
      kubernetes_sd_configs: [{role: 'pod', kubeconfig_file: kubeconfig, namespaces: {names: [namespace]}}],
      relabel_configs: [
        {source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: 'metrics', action: 'keep'},
        {source_labels: ['__meta_kubernetes_pod_name'], target_label: 'pod'},
      ],
    },
  ],
});

/** What a Prometheus in the cluster would have, as far as it is looked at. */
export interface ScrapeConfiguration {
  readonly scrape_configs: readonly {readonly kubernetes_sd_configs: readonly object[]}[];
}

/** The same for a Prometheus that is not in the cluster. */
const fromOutside = ({scrape_configs: jobs}: ScrapeConfiguration): ScrapeConfiguration => ({
  scrape_configs: jobs.map(({kubernetes_sd_configs: discoveries, ...job}) => ({
    ...job,
    kubernetes_sd_configs: discoveries.map((discovery) => ({...discovery, kubeconfig_file: kubeconfig})),
  })),
});

/** A Prometheus of its own, beside the control plane. */
export class Prometheus {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #log: string[] = [];

  private constructor(process: ChildProcess, folder: string) {
    this.#process = process;
    this.#folder = folder;
    process.stderr?.on('data', (chunk: Buffer) => this.#log.push(chunk.toString()));
  }

  /** Scrapes the Pods of a namespace that have a port named `metrics`, every so many seconds, or what a configuration of its own says. */
  static async start(namespace: string, seconds = 1, own?: ScrapeConfiguration): Promise<Prometheus> {
    const program = join(await prometheusFolder(), 'prometheus');
    const folder = mkdtempSync(join(tmpdir(), 'archsearch-prometheus-'));
    const configuration = join(folder, 'prometheus.yaml');
    writeFileSync(
      configuration,
      JSON.stringify({...scrapeConfiguration(namespace, seconds), ...(own && fromOutside(own))}),
    );
    const child = spawn(program, [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--log.level=warn',
    ]);
    process.on('exit', () => child.kill('SIGKILL'));
    const started = new Prometheus(child, folder);
    await waitFor('Prometheus is ready', 30, () => started.#isReady());
    return started;
  }

  async #isReady(): Promise<true | undefined> {
    if (this.#process.exitCode !== null) throw new Error(`Prometheus has ended: ${this.#log.join('')}`);
    const answer = await fetch(`http://${address}/-/ready`).catch(() => undefined);
    return answer?.status === 200 ? true : undefined;
  }

  /** Every series that the expression gives now. */
  async query(expression: string): Promise<readonly Point[]> {
    const {data} = await this.#ask('query', {query: expression});
    return data.result.map(({metric, value}) => ({labels: metric, value: Number(value?.[1])}));
  }

  /** The one number that the expression gives now; undefined when it gives nothing. */
  async number(expression: string): Promise<number | undefined> {
    const points = await this.query(expression);
    if (points.length > 1) throw new Error(`${expression} gives ${String(points.length)} series`);
    return points[0]?.value;
  }

  /** What was scraped of a selector since so many seconds ago. */
  async scraped(selector: string, seconds: number): Promise<readonly Line[]> {
    const {data} = await this.#ask('query', {query: `${selector}[${String(seconds)}s]`});
    return data.result.map(({metric, values = []}) => ({
      labels: metric,
      values: values.map(([, text]) => Number(text)),
    }));
  }

  /** The values of an expression at every second since so many seconds ago. */
  async range(expression: string, seconds: number): Promise<readonly Line[]> {
    const end = Date.now() / 1000;
    const at = {start: String(end - seconds), end: String(end), step: '1'};
    const {data} = await this.#ask('query_range', {query: expression, ...at});
    return data.result.map(({metric, values = []}) => ({
      labels: metric,
      values: values.map(([, text]) => Number(text)),
    }));
  }

  async #ask(what: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    const response = await fetch(`http://${address}/api/v1/${what}?${new URLSearchParams(parameters).toString()}`);
    const answer = (await response.json()) as Answer;
    if (answer.status !== 'success') throw new Error(`${parameters['query'] ?? what}: ${answer.error ?? 'no answer'}`);
    return answer;
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill()) await ended;
    rmSync(this.#folder, {recursive: true, force: true});
  }
}

/** What promtool has to say against an exposition; empty when it is clean. */
export async function complaintsOf(exposition: string): Promise<string> {
  const program = join(await prometheusFolder(), 'promtool');
  return new Promise((resolve, reject) => {
    const child = execFile(program, ['check', 'metrics'], (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error('promtool failed', {cause: error}));
      else resolve(stdout + stderr);
    });
    child.stdin?.end(exposition);
  });
}
