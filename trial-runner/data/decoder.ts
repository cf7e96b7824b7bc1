import type {Backend} from '../backend.ts';
import type {Decoder, PictureSize} from './pictures.ts';

type Tf = Backend['tf'];
type Decoded = ReturnType<Tf['node']['decodePng']>;

/** Opens pictures with TensorFlow's own kernels. */
export function decoderOf({tf}: Pick<Backend, 'tf'>): Decoder {
  return {
    measure: (bytes) => scoped(tf, () => measured(opened(tf, bytes))),
    decode: (bytes, size) =>
      scoped(tf, () => {
        const image = opened(tf, bytes);
        const {channels, ...rest} = measured(image);
        // Behind gray or color there may be one channel more: transparency.
        const visible = image.slice([0, 0, 0], [-1, -1, channels]);
        return {...rest, channels, pixels: Uint8ClampedArray.from(resized(tf, visible, size).dataSync())};
      }),
  };
}

/** Frees the tensors that the work makes; what it returns holds none. */
function scoped<T>(tf: Tf, work: () => T): T {
  tf.engine().startScope();
  try {
    return work();
  } finally {
    tf.engine().endScope();
  }
}

/** [height, width, channels] of the first frame. */
function opened(tf: Tf, bytes: Uint8Array): Decoded {
  try {
    return tf.node.decodeImage(bytes, 0, 'int32', false) as Decoded;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(message.replace(/^Invalid TF_Status: \d+\s*Message: /, '').slice(0, 200), {cause});
  }
}

function measured({shape: [height, width, channels]}: Decoded): {size: PictureSize; channels: 1 | 3} {
  return {size: [height, width], channels: channels < 3 ? 1 : 3};
}

/**
 * Bilinear interpolation looks at four pixels, however many there are between two samples: what is shrunk to less than half is averaged
 * over whole blocks first, or fine patterns would come out as coarse ones that are not there.
 */
function resized(tf: Tf, image: Decoded, [height, width]: PictureSize): Decoded {
  const pixels = image.toFloat();
  const block: [number, number] = [
    Math.max(1, Math.floor(image.shape[0] / height)),
    Math.max(1, Math.floor(image.shape[1] / width)),
  ];
  const averaged = Math.max(...block) === 1 ? pixels : tf.avgPool(pixels, block, block, 'same');
  const [rows, columns] = averaged.shape;
  if (rows === height && columns === width) return averaged;
  return tf.image.resizeBilinear(averaged, [height, width], false, true);
}
