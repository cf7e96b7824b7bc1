import {z} from 'zod';
import {activations, normalizations} from './settings.ts';
import type {TabularSettings} from './settings.ts';

/**
 * A multilayer perceptron: the width of each hidden layer, and what all of them share. Widths carry most of what a table needs;
 * activation, normalization and dropout per layer would multiply the space without adding good networks.
 */
export type TabularGenotype = {
  readonly widths: readonly number[];
  readonly activation: (typeof activations)[number];
  readonly dropout: number;
  readonly normalization: (typeof normalizations)[number];
  readonly residual: boolean;
};

const genotype = z.strictObject({
  widths: z.array(z.number()),
  activation: z.enum(activations),
  dropout: z.number(),
  normalization: z.enum(normalizations),
  residual: z.boolean(),
});

/** The choices that all layers share, and the setting that lists their values. */
export const sharedChoices = [
  {field: 'activation', setting: 'activations'},
  {field: 'dropout', setting: 'dropout'},
  {field: 'normalization', setting: 'normalization'},
  {field: 'residual', setting: 'residual'},
] as const;

function fail(field: string, found: unknown, wanted: string): never {
  throw new Error(`genotype.${field}: found ${JSON.stringify(found)}; ${wanted}`);
}

function checkWidths(widths: readonly number[], settings: TabularSettings): void {
  const {min, max} = settings.layers;
  if (widths.length < min || widths.length > max)
    fail('widths', widths, `give ${String(min)} to ${String(max)} hidden layers`);
  for (const [at, width] of widths.entries())
    if (!settings.widths.includes(width))
      fail(`widths[${String(at)}]`, width, `give one of ${settings.widths.join(', ')}`);
}

/** Checks a genotype that came from outside against the settings; throws an Error that names the field. */
export function parseTabular(value: unknown, settings: TabularSettings): TabularGenotype {
  const parsed = genotype.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(
      `genotype.${issue?.path.join('.') ?? ''}: found ${JSON.stringify(value)}; ${issue?.message ?? ''}`,
      {
        cause: parsed.error,
      },
    );
  }
  checkWidths(parsed.data.widths, settings);
  for (const {field, setting} of sharedChoices) {
    const allowed: readonly unknown[] = settings[setting];
    const found = parsed.data[field];
    if (!allowed.includes(found)) fail(field, found, `give one of ${allowed.map(String).join(', ')}`);
  }
  return parsed.data;
}

/**
 * The genotype without the choices that change nothing: without hidden layers only the linear model is left, and a residual connection
 * needs two layers of one width in a row.
 */
export function canonicalTabular({widths, activation, dropout, normalization, residual}: TabularGenotype): string {
  if (widths.length === 0) return 'linear';
  const joins = widths.some((width, at) => at > 0 && width === widths[at - 1]);
  return [widths.join('-'), activation, String(dropout), normalization, residual && joins ? 'residual' : 'plain'].join(
    ' ',
  );
}

/** A short text: `64-32 relu, dropout 0.1, BatchNorm, residual`. */
export function describeTabular({widths, activation, dropout, normalization, residual}: TabularGenotype): string {
  if (widths.length === 0) return 'linear model';
  return [
    `${widths.join('-')} ${activation}`,
    ...(dropout > 0 ? [`dropout ${String(dropout)}`] : []),
    ...(normalization === 'Identity' ? [] : [normalization]),
    ...(residual ? ['residual'] : []),
  ].join(', ');
}
