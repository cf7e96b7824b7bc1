import type {Backend, Tensor} from '../backend.ts';
import {drawGamma, drawUniform, keyOf} from '../draws.ts';
import type {TrainingSettings} from './settings.ts';

/** How the examples of a step are changed, on the way into the model; 0 leaves out each. */
export type Regularization = Pick<TrainingSettings, 'labelSmoothing' | 'mixup' | 'cutout'>;

export const plain: Regularization = {labelSmoothing: 0, mixup: 0, cutout: 0};

/** x [batch, ...input], y [batch, outputs], and the number of the step, int32 [1]. */
interface Given {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly step: Tensor;
}

interface Drawing {
  readonly backend: Backend;
  readonly seed: number;
}

/** A step's examples with what regularization makes of them; all that is drawn is a function of (seed, step). */
export function regularized(drawing: Drawing, {x, y, step}: Given, settings: Regularization): {x: Tensor; y: Tensor} {
  const {labelSmoothing, mixup, cutout} = settings;
  const soft = labelSmoothing > 0 ? smoothed(y, labelSmoothing) : y;
  const cut = cutout > 0 && x.rank === 4 ? cutOut(drawing, {x, step}, cutout) : x;
  return mixup > 0 ? mixed(drawing, {x: cut, y: soft, step}, mixup) : {x: cut, y: soft};
}

/** Szegedy et al. 2016, Rethinking the Inception Architecture, section 7. A single output is no distribution. */
function smoothed(targets: Tensor, share: number): Tensor {
  const outputs = targets.shape.at(-1) ?? 1;
  return outputs === 1 ? targets : targets.mul(1 - share).add(share / outputs);
}

/**
 * Blanks a square out of each image, [batch, height, width, channels]: 0 is the mean of standardized inputs. Its centre is anywhere in the
 * image, so that it may stand out of it (DeVries & Taylor 2017, Cutout, section 3.2).
 */
function cutOut({backend, seed}: Drawing, {x, step}: Pick<Given, 'x' | 'step'>, part: number): Tensor {
  const {tf} = backend;
  const [batch = 1, height = 1, width = 1] = x.shape;
  const reach = (part * Math.min(height, width)) / 2;
  const outside = (side: number, purpose: string, shape: number[]): Tensor => {
    const centre = drawUniform(backend, [batch, 1], {key: keyOf(seed, purpose), step}).mul(side);
    const pixels = tf.tensor2d(
      Float32Array.from({length: side}, (_, at) => at + 0.5),
      [1, side],
    );
    return pixels.sub(centre).abs<Tensor>().greaterEqual(reach).cast('float32').reshape(shape);
  };
  const rows = outside(height, 'cutout/row', [batch, height, 1, 1]);
  const columns = outside(width, 'cutout/column', [batch, 1, width, 1]);
  // A pixel stays if it is outside of the square in either direction.
  return x.mul(rows.maximum(columns));
}

/**
 * Mixtures of each example and another one of the batch (Zhang et al. 2018, mixup, equation 2), with shares of each pair's own. The batch
 * comes in random order, so that the last example is a random partner for the first.
 */
function mixed({backend, seed}: Drawing, {x, y, step}: Given, alpha: number): {x: Tensor; y: Tensor} {
  const [batch = 1] = x.shape;
  const [one, other] = ['one', 'other'].map((which) => logGamma({backend, seed}, {batch, alpha, which, step}));
  // Of two Gamma variables of one shape parameter, one's share in their sum is Beta distributed.
  const share = (one as Tensor).sub(other as Tensor).sigmoid();
  const blend = (values: Tensor): Tensor => {
    const own = share.reshape([batch, ...values.shape.slice(1).map(() => 1)]);
    const partner = values.reverse(0);
    return partner.add(values.sub(partner).mul(own));
  };
  return {x: blend(x), y: blend(y)};
}

/**
 * Logarithms of Gamma(alpha) variables, [batch]; themselves they would be 0 in single precision for a small alpha. Gamma(alpha + 1) times
 * the power 1 / alpha of a uniform one (Marsaglia & Tsang 2000, A simple method for generating gamma variables, section 6).
 */
function logGamma(
  {backend, seed}: Drawing,
  {batch, alpha, which, step}: {batch: number; alpha: number; which: string; step: Tensor},
): Tensor {
  const keyed = (purpose: string) => ({key: keyOf(seed, `mixup/${which}/${purpose}`), step});
  const larger = drawGamma(backend, [batch], {alpha: alpha + 1, ...keyed('gamma')});
  const uniform = drawUniform(backend, [batch], keyed('uniform')).maximum(1e-9);
  return larger.log().add(uniform.log().div(alpha));
}
