import {strategies} from '../../search/strategies/index.ts';
import type {StrategyType} from '../../search/strategy.ts';
import {CliError} from '../output.ts';

/** The row of a strategy; throws a CliError that lists the names there are. */
export function strategyOf(type: string): StrategyType {
  const row = strategies.find((candidate) => candidate.type === type);
  if (row !== undefined) return row;
  const names = strategies.map((each) => each.type).join(', ');
  throw new CliError(`there is no strategy ${type}`, `give --strategy one of ${names}`, {exitCode: 2});
}

/** A value as YAML would mean it: JSON where it is JSON, a text otherwise. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** `a.b=1` becomes `{a: {b: 1}}`, merged into what there is. */
function insert(tree: Tree, path: readonly string[], value: unknown): Tree {
  const [first = '', ...rest] = path;
  if (rest.length === 0) return {...tree, [first]: value};
  const below = tree[first];
  return {...tree, [first]: insert(isTree(below) ? below : {}, rest, value)};
}

/** The strategy's settings from `key=value` pairs; throws a CliError that names the setting. */
export function openSettings(row: StrategyType, pairs: readonly string[]): unknown {
  const given = pairs.reduce<Tree>((tree, pair) => {
    const [, path, text] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (path === undefined || text === undefined)
      throw new CliError(`--settings ${pair} is no setting`, 'give --settings KEY=VALUE', {exitCode: 2});
    return insert(tree, path.split('.'), valueOf(text));
  }, {});
  const parsed = row.settings.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') ?? '';
  throw new CliError(
    `--settings${field === '' ? '' : ` ${field}`}: ${issue?.message ?? 'wrong'}`,
    `give settings of ${row.type} as docs/strategies.md lists them`,
    {exitCode: 2, cause: parsed.error},
  );
}
