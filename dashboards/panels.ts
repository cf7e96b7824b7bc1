import type {Builder, Dataquery} from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {ThresholdsConfigBuilder, ThresholdsMode} from '@grafana/grafana-foundation-sdk/dashboard';
import type {DynamicConfigValue, Panel, Threshold} from '@grafana/grafana-foundation-sdk/dashboard';
import {DataqueryBuilder, PromQueryFormat} from '@grafana/grafana-foundation-sdk/prometheus';
import {PanelBuilder as StatBuilder} from '@grafana/grafana-foundation-sdk/stat';
import {PanelBuilder as TableBuilder} from '@grafana/grafana-foundation-sdk/table';
import {PanelBuilder as TextBuilder, TextMode} from '@grafana/grafana-foundation-sdk/text';
import {PanelBuilder as LinesBuilder} from '@grafana/grafana-foundation-sdk/timeseries';

// How panels look, said once: every panel has a title, a description and a unit, and each query a legend.

/** Of Grafana's 24 columns. */
export type Width = 4 | 6 | 8 | 10 | 12 | 14 | 24;

export interface Query {
  readonly expression: string;
  /** What its series are called, with `{{label}}` for a label's value. */
  readonly legend: string;
}

interface Described {
  readonly title: string;
  /** What is seen, and what to do about it. */
  readonly description: string;
  readonly width: Width;
  /** In Grafana's rows of 30 pixels; 8 where nothing is said. */
  readonly height?: number;
}

interface Charted extends Described {
  /** One of Grafana's, or `suffix: …`. */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** From which value on which colour is shown; the lowest without a value. */
  readonly colours?: readonly Threshold[];
  /** The greatest value that there can be. */
  readonly most?: number;
  readonly decimals?: number;
  /** Values may be negative, or lie together far from 0. */
  readonly signed?: boolean;
  /** What is shown where there is no data, because there is nothing to tell. */
  readonly nothing?: string;
}

const source = {type: 'prometheus', uid: '${datasource}'};
const refIds = 'ABCDEFGHIJ';

/** Panels have the same settings in all their kinds, and no type in common. */
interface Common<B> {
  title(title: string): B;
  description(description: string): B;
  datasource(source: {type: string; uid: string}): B;
  span(columns: number): B;
  height(rows: number): B;
  unit(unit: string): B;
  min(value: number): B;
  max(value: number): B;
  decimals(count: number): B;
  noValue(text: string): B;
  thresholds(thresholds: Builder<{mode: ThresholdsMode; steps: Threshold[]}>): B;
  withTarget(query: Builder<Dataquery>): B;
}

function described<B extends Common<B>>(panel: B, {title, description, width, height = 8}: Described): B {
  return panel.title(title).description(description).datasource(source).span(width).height(height);
}

function charted<B extends Common<B>>(panel: B, settings: Charted): B {
  const {unit, most, decimals, colours, nothing} = settings;
  described(panel, settings).unit(unit);
  if (settings.signed !== true) panel.min(0);
  if (most !== undefined) panel.max(most);
  if (decimals !== undefined) panel.decimals(decimals);
  if (nothing !== undefined) panel.noValue(nothing);
  if (colours !== undefined) {
    panel.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...colours]));
  }
  return panel;
}

const target = ({expression, legend}: Query, at: number): DataqueryBuilder =>
  new DataqueryBuilder().refId(refIds.charAt(at)).expr(expression).legendFormat(legend).datasource(source);

const legendBelow = () =>
  new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.List).placement(LegendPlacement.Bottom);

/** How values went. */
export function lines(settings: Charted & {readonly stacked?: boolean}): Builder<Panel> {
  const panel = charted(new LinesBuilder(), settings)
    .legend(legendBelow())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi))
    .lineWidth(settings.stacked === true ? 0 : 1)
    .fillOpacity(settings.stacked === true ? 60 : 8);
  if (settings.stacked === true) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  settings.queries.forEach((query, at) => panel.withTarget(target(query, at).range()));
  return panel;
}

/** Values as they are now. */
export function numbers(settings: Charted & {readonly names?: boolean}): Builder<Panel> {
  const panel = charted(new StatBuilder(), settings)
    .textMode(settings.names === true ? BigValueTextMode.Name : BigValueTextMode.Auto)
    .colorMode(settings.colours === undefined ? BigValueColorMode.None : BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false));
  settings.queries.forEach((query, at) => panel.withTarget(target(query, at).instant()));
  return panel;
}

export interface Column {
  readonly name: string;
  readonly unit?: string;
  readonly properties?: readonly DynamicConfigValue[];
}

export interface ValueColumn extends Column {
  readonly unit: string;
  readonly expression: string;
}

interface Table extends Described {
  readonly nothing?: string;
  /** Labels that tell rows apart or are shown, with the names of their columns. */
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly ValueColumn[];
  /** Queries whose value says nothing, for they are there for their labels. */
  readonly facts: readonly string[];
}

/** One row for each set of labels, a column for each query, as they are now. */
export function table(settings: Table): Builder<Panel> {
  const {labels, values, facts, nothing} = settings;
  const panel = described(new TableBuilder(), settings).unit('short').filterable(true);
  if (nothing !== undefined) panel.noValue(nothing);
  const queries = [...facts, ...values.map(({expression}) => expression)];
  queries.forEach((expression, at) => {
    const legend = values[at - facts.length]?.name ?? 'Fact';
    panel.withTarget(target({expression, legend}, at).instant().format(PromQueryFormat.Table));
  });
  // Grafana names the values of more than one query after the query.
  const valueName = (at: number): string => (queries.length === 1 ? 'Value' : `Value #${refIds.charAt(at)}`);
  const renamed = Object.fromEntries(values.map(({name}, at) => [valueName(at + facts.length), name]));
  const order = [...Object.keys(labels), ...Object.keys(renamed)];
  panel.withTransformation({id: 'merge', options: {}}).withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(['Time', ...facts.map((_, at) => valueName(at))].map((name) => [name, true])),
      indexByName: Object.fromEntries(order.map((name, at) => [name, at])),
      renameByName: {...labels, ...renamed},
    },
  });
  for (const {name, unit, properties = []} of values) {
    panel.overrideByName(name, [{id: 'unit', value: unit}, ...properties]);
  }
  return panel;
}

/** Words. */
export const text = (settings: Described, markdown: string): Builder<Panel> =>
  new TextBuilder()
    .title(settings.title)
    .description(settings.description)
    .span(settings.width)
    .height(settings.height ?? 8)
    .mode(TextMode.Markdown)
    .content(markdown);
