import type {Operation, Shape} from '../network.ts';

export type OperationName = Operation['op'];

/** The operation of a given name. */
export type OperationNamed<Name extends OperationName> = Operation extends infer O
  ? O extends {readonly op: infer Names}
    ? Name extends Names
      ? O
      : never
    : never
  : never;

/** What one layer produces and costs: parameters are the trainable ones, FLOPs the multiply-adds for one example. */
export interface Cost {
  readonly shape: Shape;
  readonly parameters: number;
  readonly flops: number;
}

/** Shape and cost of a layer from the shapes that it reads; throws a ShapeError when they do not fit. */
export type Rule<Name extends OperationName> = (
  operation: OperationNamed<Name>,
  inputs: readonly [Shape, ...Shape[]],
) => Cost;

export type Rules<Names extends OperationName> = {readonly [Name in Names]: Rule<Name>};

/** Shapes that an operation cannot read; `measure` adds the layer's name. */
export class ShapeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ShapeError';
  }
}

export const shapeText = (shape: Shape): string => `[${shape.join(', ')}]`;

export const free = (shape: Shape): Cost => ({shape, parameters: 0, flops: 0});

export const sizeOf = (shape: Shape): number => shape.reduce((product, side) => product * side, 1);

/** The only input of an operation that reads one. */
export function single(inputs: readonly [Shape, ...Shape[]]): Shape {
  if (inputs.length !== 1) throw new ShapeError(`reads ${String(inputs.length)} inputs, and takes one`);
  return inputs[0];
}

/** The only input, as an image: [height, width, channels]. */
export function image(inputs: readonly [Shape, ...Shape[]]): readonly [number, number, number] {
  const shape = single(inputs);
  const [height, width, channels] = shape;
  if (shape.length !== 3 || height === undefined || width === undefined || channels === undefined)
    throw new ShapeError(`reads ${shapeText(shape)}, and takes an image [height, width, channels]`);
  return [height, width, channels];
}

/** The last side of a shape: its channels or features. */
export function channelsOf(shape: Shape): number {
  const last = shape.at(-1);
  if (last === undefined) throw new ShapeError('reads a shape without sides');
  return last;
}
