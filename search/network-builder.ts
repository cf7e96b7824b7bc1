import type {Layer, Network, Operation, Shape} from './network.ts';

/** Name of the network's input where a layer's name is expected. */
export const inputName = 'input';

/** Writes a network layer by layer. Names are made up as it goes (`conv2d_1`, `add_7`), so that equal genotypes give equal networks. */
export class NetworkBuilder {
  readonly #input: Shape;
  readonly #layers: Layer[] = [];

  constructor(input: Shape) {
    this.#input = input;
  }

  /** Appends a layer that reads `inputs` and returns its name. */
  append(operation: Operation, ...inputs: readonly string[]): string {
    const name = `${operation.op}_${String(this.#layers.length + 1)}`;
    this.#layers.push({...operation, name, inputs});
    return name;
  }

  /** The sum of several outputs; of one, that one. */
  sum(names: readonly string[]): string {
    const [only] = names;
    return names.length === 1 && only !== undefined ? only : this.append({op: 'add'}, ...names);
  }

  finish(output: string): Network {
    return {input: this.#input, layers: this.#layers, output};
  }
}
