import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import type * as tfjs from '@tensorflow/tfjs-node-gpu';
import type {Binding, NativeTensor} from './native.ts';

/** The only file that knows where TensorFlow comes from; everything else is handed a `Backend`. */
export type Tf = typeof tfjs;
export type Tensor = tfjs.Tensor;
export type Variable = tfjs.Variable;
export type LayersModel = tfjs.LayersModel;
export type Layer = tfjs.layers.Layer;
export type SymbolicTensor = tfjs.SymbolicTensor;
export type Initializer = ReturnType<Tf['initializers']['zeros']>;

/** Value of an attribute of a native operation: the kind that TensorFlow's registry declares, and the value. */
export type Attribute =
  | {readonly name: string; readonly kind: 'float' | 'int'; readonly value: number}
  | {readonly name: string; readonly kind: 'string'; readonly value: string}
  | {readonly name: string; readonly kind: 'bool'; readonly value: boolean}
  | {readonly name: string; readonly kind: 'type'; readonly value: 'float32' | 'int32'};

export interface Backend {
  readonly tf: Tf;
  /** `cpu`, or the name of the GPU that kernels run on. */
  readonly device: string;
  /** Runs one TensorFlow operation by its registered name. */
  readonly native: (
    operation: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ) => Tensor[];
  readonly engine: Engine;
}

/** What compiling needs of tfjs-node beyond its operations. */
export interface Engine {
  readonly binding: Binding;
  /** The id of the native tensor behind a tensor. */
  idOf(tensor: Tensor): number;
  /** A tensor that owns a native one. */
  adopt(native: NativeTensor): Tensor;
  /**
   * Runs `work` with functions of the native binding replaced; `used` is told of the inputs of every operation, with their ids, before
   * it is executed.
   */
  intercept<T>(
    replaced: Partial<Binding>,
    used: (tensors: readonly Tensor[], ids: readonly number[]) => void,
    work: () => T,
  ): T;
}

interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  binding: Readonly<Record<string, number>> & Binding;
  executeMultipleOutputs(operation: string, attributes: unknown, inputs: readonly Tensor[], outputs: number): Tensor[];
  createOutputTensor(native: NativeTensor): Tensor;
  getInputTensorIds(tensors: readonly Tensor[]): number[];
}

/**
 * Loads TensorFlow with the given number of CPU threads. TensorFlow reads its environment once, when the library loads, so that this
 * comes before any other use; one thread count gives bit-identical results.
 *
 * @throws Error with the remedy if TensorFlow is not set up.
 */
export async function openBackend(threads: number): Promise<Backend> {
  pinEnvironment(threads);
  const tf = await loadTensorFlow();
  const native = tf.backend() as unknown as NativeBackend;
  const attribute = attributesOf(native.binding);
  return {
    tf,
    device: native.isUsingGpuDevice ? gpuName() : 'cpu',
    native: (operation, attributes, inputs, outputs) =>
      native.executeMultipleOutputs(operation, attributes.map(attribute), inputs, outputs),
    engine: engineOf(native),
  };
}

function engineOf(native: NativeBackend): Engine {
  const {binding} = native;
  return {
    binding,
    idOf: (tensor) => native.getInputTensorIds([tensor])[0] ?? -1,
    adopt: (tensor) => native.createOutputTensor(tensor),
    intercept(replaced, used, work) {
      // The binding's own properties are neither writable nor configurable: what stands in its place inherits from it.
      const functions: PropertyDescriptorMap = {};
      for (const [name, value] of Object.entries(replaced)) functions[name] = {value};
      const proto = Object.getPrototypeOf(native) as NativeBackend;
      native.binding = Object.create(binding, functions) as NativeBackend['binding'];
      native.getInputTensorIds = (tensors) => {
        const ids = proto.getInputTensorIds.call(native, tensors);
        used(tensors, ids);
        return ids;
      };
      try {
        return work();
      } finally {
        native.binding = binding;
        Reflect.deleteProperty(native, 'getInputTensorIds');
      }
    },
  };
}

function pinEnvironment(threads: number): void {
  // tfjs-node calls functions of Node that are to go; a trial's log is for the trial.
  process.noDeprecation = true;
  Object.assign(process.env, {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    OMP_NUM_THREADS: String(threads),
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
    TF_CPP_MIN_LOG_LEVEL: process.env['TF_CPP_MIN_LOG_LEVEL'] ?? '2',
    // The same kernels on every run; cuDNN would else choose by timing.
    TF_DETERMINISTIC_OPS: '1',
  });
}

async function loadTensorFlow(): Promise<Tf> {
  try {
    // `import` would first look through the whole of these large modules for the names that they export.
    const tf = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as Tf;
    await tf.ready();
    return tf;
  } catch (cause) {
    const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new Error(`TensorFlow is not set up (${why}): run \`npm run setup\` in the archsearch directory`, {cause});
  }
}

function attributesOf(binding: Readonly<Record<string, number>>): (attribute: Attribute) => unknown {
  const kinds = {
    float: 'TF_ATTR_FLOAT',
    int: 'TF_ATTR_INT',
    string: 'TF_ATTR_STRING',
    bool: 'TF_ATTR_BOOL',
    type: 'TF_ATTR_TYPE',
  };
  const types = {float32: binding['TF_FLOAT'], int32: binding['TF_INT32']};
  return (attribute) => ({
    name: attribute.name,
    type: binding[kinds[attribute.kind]],
    value: attribute.kind === 'type' ? types[attribute.value] : attribute.value,
  });
}

/** Paths of the libraries of CUDA that lie beside TensorFlow; none beside one that runs on processors alone. */
export function librariesForGpus(): readonly string[] {
  const root = join(
    dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json')),
    'deps/nvidia',
  );
  if (!existsSync(root)) return [];
  return readdirSync(root, {recursive: true, encoding: 'utf8'})
    .filter((path) => path.includes('.so'))
    .sort()
    .map((path) => join(root, path));
}

/** The driver's own words for the first GPU; the binding does not tell. */
function gpuName(): string {
  const root = '/proc/driver/nvidia/gpus';
  try {
    const [first = ''] = readdirSync(root);
    return /^Model:\s*(.+)$/m.exec(readFileSync(`${root}/${first}/information`, 'utf8'))?.[1]?.slice(0, 64) ?? 'gpu';
  } catch {
    return 'gpu';
  }
}
