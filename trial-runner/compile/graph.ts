import {dataTypes, type Values} from '../native.ts';

/** A constant: `values` are row-major; one value stands for all if they are alike. */
export interface Constant {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly values: Values | Float64Array | readonly string[];
}

export type Attribute =
  | {readonly kind: 'type' | 'int' | 'float'; readonly value: number}
  | {readonly kind: 'bool'; readonly value: boolean}
  | {readonly kind: 'string'; readonly value: string}
  | {readonly kind: 'shape'; readonly value: readonly number[]}
  | {readonly kind: 'ints' | 'floats' | 'types'; readonly value: readonly number[]}
  | {readonly kind: 'bools'; readonly value: readonly boolean[]}
  | {readonly kind: 'tensor'; readonly value: Constant};

export interface Node {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:output` or, for one that must only run before, `^node`. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A tensor at the border of a graph. */
export interface Port {
  /** `node:output` */
  readonly name: string;
  readonly dtype: number;
  /** -1: any size. */
  readonly shape: readonly number[];
}

export interface Signature {
  readonly inputs: Readonly<Record<string, Port>>;
  readonly outputs: Readonly<Record<string, Port>>;
}

/** Constants up to so many elements that are equal become one node. */
const smallConstant = 16;

/** A TensorFlow graph as it grows. Nodes are named by their operation and number. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly #constants = new Map<string, string>();

  add(op: string, inputs: readonly string[], attributes: Node['attributes']): string {
    const name = `${op}_${String(this.nodes.length)}`;
    this.nodes.push({name, op, inputs, attributes});
    return name;
  }

  constant(value: Constant): string {
    const make = (): string =>
      this.add('Const', [], {dtype: {kind: 'type', value: value.dtype}, value: {kind: 'tensor', value}});
    if (value.values.length > smallConstant) return make();
    const key = `${String(value.dtype)} [${String(value.shape)}] ${JSON.stringify([...value.values].map(exact))}`;
    const name = this.#constants.get(key) ?? make();
    this.#constants.set(key, name);
    return name;
  }

  placeholder({dtype, shape}: Omit<Port, 'name'>): string {
    return this.add('Placeholder', [], {dtype: {kind: 'type', value: dtype}, shape: {kind: 'shape', value: shape}});
  }

  /** Something that may be fetched once all of `nodes` have run. */
  after(nodes: readonly string[]): string {
    const one = this.constant({dtype: dataTypes.float32, shape: [], values: Float32Array.of(1)});
    const waiting = nodes.map((node) => `^${node}`);
    return this.add('Identity', [one, ...waiting], {T: {kind: 'type', value: dataTypes.float32}});
  }
}

/** JSON has no NaN, no infinity and no negative zero. */
const exact = (value: unknown): unknown =>
  typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
    ? Object.is(value, -0)
      ? '-0'
      : String(value)
    : value;
