import {Counter, Gauge, Histogram, Registry, collectDefaultMetrics} from 'prom-client';
import {families} from './metrics/families.ts';
import type {FamilyName} from './metrics/families.ts';
import type {Family} from './metrics/family.ts';
import type {Labels, Sample} from './metrics/sample.ts';

/** Gauges that prom-client names as if they were counters; with their labels they say no more than the sums beside them. */
const misnamed = ['nodejs_active_resources_total', 'nodejs_active_handles_total', 'nodejs_active_requests_total'];

/** A metric of any type: a value is added to a counter, becomes a gauge's, or is one observation of a histogram. */
interface Series {
  put(labels: Labels, value: number): void;
  remove(labels: Labels): void;
}

/** What Prometheus reads: every metric of the families, and what prom-client tells of the process. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #series: ReadonlyMap<FamilyName, Series>;
  readonly #groups = new Map<string, readonly Sample[]>();

  constructor() {
    const names = Object.keys(families) as FamilyName[];
    this.#series = new Map(names.map((name) => [name, this.#seriesOf(name, families[name])]));
    collectDefaultMetrics({register: this.#registry});
    for (const name of misnamed) this.#registry.removeSingleMetric(name);
  }

  /** Adds to a counter, sets a gauge, or makes an observation. */
  put(name: FamilyName, value: number, labels: Labels = {}): void {
    this.#series.get(name)?.put(labels, value);
  }

  /** Puts samples in the place of those that the group had before; counters begin anew at what they are given. */
  replace(group: string, samples: readonly Sample[]): void {
    for (const {name, labels} of this.#groups.get(group) ?? []) this.#series.get(name)?.remove(labels);
    for (const {name, labels, value} of samples) this.put(name, value, labels);
    if (samples.length === 0) this.#groups.delete(group);
    else this.#groups.set(group, samples);
  }

  /** Groups that have series. */
  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All series in Prometheus's text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #seriesOf(name: string, {type, help, labels, buckets = []}: Family): Series {
    const settings = {name, help, labelNames: [...labels], registers: [this.#registry]};
    switch (type) {
      case 'counter': {
        const counter = new Counter(settings);
        return {
          put: (at, value) => {
            counter.inc(at, value);
          },
          remove: (at) => {
            counter.remove(at);
          },
        };
      }
      case 'gauge': {
        const gauge = new Gauge(settings);
        return {
          put: (at, value) => {
            gauge.set(at, value);
          },
          remove: (at) => {
            gauge.remove(at);
          },
        };
      }
      case 'histogram': {
        const histogram = new Histogram({...settings, buckets: [...buckets]});
        return {
          put: (at, value) => {
            histogram.observe(at, value);
          },
          remove: (at) => {
            histogram.remove(at);
          },
        };
      }
    }
  }
}
