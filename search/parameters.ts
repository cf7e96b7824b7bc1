/** One searched or fixed setting: a single value, a choice, or a range. */
export type Dimension =
  | {readonly kind: 'fixed'; readonly value: ParameterValue}
  | {readonly kind: 'choice'; readonly choices: readonly ParameterValue[]}
  | {readonly kind: 'integer' | 'real'; readonly min: number; readonly max: number; readonly scale: 'Linear' | 'Log'};

export type ParameterValue = number | string | boolean;
export type ParameterSpace = Readonly<Record<string, Dimension>>;
export type ParameterValues = Readonly<Record<string, ParameterValue>>;
