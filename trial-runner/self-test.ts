import {existsSync} from 'node:fs';
import {openBackend, librariesForGpus} from './backend.ts';
import {unloadable} from './loading.ts';

// Proves an image where it runs, without a trial: TensorFlow loads and multiplies, and each of CUDA's libraries beside it finds its parts.
// `node trial-runner/self-test.ts` prints what it found; exit code 1 tells what is broken.

const {tf, device} = await openBackend(1);
const size = 64;
const product = tf.tidy(() => tf.matMul(tf.fill([size, size], 2), tf.fill([size, size], 3)).dataSync());
if (product.length !== size * size || product.some((value) => value !== 2 * 3 * size)) {
  throw new Error(
    `TensorFlow multiplies wrongly: ${product.slice(0, 4).join(', ')} … instead of ${2 * 3 * size} everywhere`,
  );
}
const libraries = librariesForGpus();
const broken = unloadable(libraries);
if (broken.length > 0) throw new Error(`libraries that cannot be loaded:\n  ${broken.join('\n  ')}`);
if (libraries.length > 0 && device === 'cpu' && existsSync('/dev/nvidia0')) {
  throw new Error(
    'there is a GPU (/dev/nvidia0), and TensorFlow does not use it: TF_CPP_MAX_VLOG_LEVEL=1 makes it say what it misses',
  );
}
process.stdout.write(`TensorFlow multiplies on ${device}; ${libraries.length} libraries for GPUs load\n`);
