import {parser} from '@prometheus-io/lezer-promql';
import {families} from '../../operator/metrics/families.ts';
import type {Family} from '../../operator/metrics/family.ts';

/** Labels that Prometheus adds to what it scrapes, and those of the parts of a histogram. */
const added = ['pod', 'instance', 'le'];

/** What is wrong with a query: where it cannot be read, metrics that the operator does not have, labels that they do not have. */
export function faultsOf(expression: string): readonly string[] {
  const faults: string[] = [];
  const metrics: Family[] = [];
  const labels: string[] = [];
  parser.parse(expression).iterate({
    enter({name, from, to, type}) {
      const text = expression.slice(from, to);
      if (type.isError) faults.push(`cannot be read at ${from}: ${expression.slice(from)}`);
      if (name === 'LabelName') labels.push(text);
      if (name !== 'Identifier') return;
      const metric = metricOf(text);
      if (metric === undefined) faults.push(`there is no metric ${text}`);
      else metrics.push(metric);
    },
  });
  const known = new Set([...added, ...metrics.flatMap((metric) => metric.labels)]);
  return [...faults, ...labels.filter((label) => !known.has(label)).map((label) => `there is no label ${label}`)];
}

/** Of a histogram, Prometheus keeps three metrics and none of its own name. */
function metricOf(name: string): Family | undefined {
  const all: Readonly<Record<string, Family>> = families;
  const whole = all[name];
  if (whole !== undefined) return whole.type === 'histogram' ? undefined : whole;
  const part = all[name.replace(/_(bucket|sum|count)$/, '')];
  return part?.type === 'histogram' ? part : undefined;
}
