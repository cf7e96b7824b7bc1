import assert from 'node:assert/strict';
import {test} from 'node:test';
import {keyed} from '../../../search/random.ts';
import {tabular} from '../../../search/spaces/tabular.ts';
import type {TabularGenotype} from '../../../search/spaces/tabular/genotype.ts';
import {tabularMorphs} from '../../../search/spaces/tabular/morphs.ts';
import {activations, normalizations, settings} from '../../../search/spaces/tabular/settings.ts';
import {openBackend} from '../../../trial-runner/backend.ts';
import type {LayersModel, Tensor} from '../../../trial-runner/backend.ts';
import {inheritTabular} from '../../../trial-runner/inheritance/tabular.ts';
import type {Built} from '../../../trial-runner/inheritance/tabular.ts';
import {buildModel} from '../../../trial-runner/model.ts';

const backend = await openBackend(1);
const {tf} = backend;
const choices = settings.parse({
  layers: {min: 1, max: 3},
  widths: [4, 6, 8],
  activations: [...activations],
  normalization: [...normalizations],
});
const space = tabular.open(choices);
const data = {input: [5], outputs: 3};

const outputOf = (model: LayersModel, x: Tensor): Float32Array =>
  tf.tidy(() => (model.apply(x) as Tensor).dataSync() as Float32Array);

function built(genotype: TabularGenotype, seed: number): Built {
  const network = space.network(genotype, data);
  return {network, model: buildModel(backend, network, seed)};
}

/** As after training: nothing is zero or one any more, and variances are positive. */
function unsettled({model}: Built, seed: number): void {
  for (const [at, layer] of model.layers.entries()) {
    const random = keyed(seed, at, 'weights');
    const weights = layer.getWeights().map((tensor) => {
      const values = Float32Array.from(
        {length: tensor.size},
        () => 0.3 + 0.5 * random.uniform() * (tensor.rank === 2 ? random.normal() : 1),
      );
      return tf.tensor(values, tensor.shape);
    });
    layer.setWeights(weights);
  }
}

for (const normalization of normalizations)
  for (const activation of activations)
    test(`children compute what their parents do, to 1e-5: ${activation}, ${normalization}`, () => {
      const x = tf.randomNormal([16, 5], 0, 1, 'float32', 7);
      let edits = 0;
      for (const residual of [false, true])
        for (const widths of [[4], [8, 8], [4, 8], [6, 4]]) {
          const genotype = {widths, activation, dropout: 0.1, normalization, residual};
          const parent = built(genotype, 1);
          unsettled(parent, widths.length);
          const before = outputOf(parent.model, x);
          for (const morph of tabularMorphs(genotype, choices)) {
            const child = built(space.parse(morph.genotype), 2);
            inheritTabular(backend, {parent, child}, {edit: morph.edit, skip: morph.genotype.residual, seed: 3});
            const after = outputOf(child.model, x);
            const apart = after.reduce((most, value, at) => Math.max(most, Math.abs(value - (before[at] ?? NaN))), 0);
            assert.ok(apart <= 1e-5, `${space.describe(genotype)}, ${morph.change}: ${apart} apart`);
            edits += 1;
          }
        }
      assert.ok(edits >= 10, `${edits} edits`);
    });

test('a child learns in its new layer: the gradient of its kernel or scale is not zero', () => {
  const genotype: TabularGenotype = {
    widths: [8],
    activation: 'relu',
    dropout: 0,
    normalization: 'Identity',
    residual: false,
  };
  const [morph] = tabularMorphs(genotype, choices).filter(({genotype: {residual}}) => residual);
  assert.ok(morph !== undefined);
  const [parent, child] = [built(genotype, 1), built(morph.genotype, 2)];
  inheritTabular(backend, {parent, child}, {edit: morph.edit, skip: true, seed: 3});
  const x = tf.randomNormal([16, 5], 0, 1, 'float32', 7);
  const {grads} = tf.variableGrads(() => (child.model.apply(x, {training: true}) as Tensor).square().mean());
  const added = child.model.layers.filter((layer) => layer.getClassName() === 'Dense')[1];
  const kernel = added?.trainableWeights[0]?.name ?? '';
  const [name = ''] = Object.keys(grads).filter((each) => each === kernel || each.startsWith(kernel));
  assert.ok((grads[name]?.abs().max().dataSync()[0] ?? 0) > 0, `${kernel} of ${Object.keys(grads).join(', ')}`);
});

test('an edit of a layer that is not there is refused', () => {
  const genotype: TabularGenotype = {
    widths: [4],
    activation: 'relu',
    dropout: 0,
    normalization: 'Identity',
    residual: false,
  };
  const [parent, child] = [built(genotype, 1), built({...genotype, widths: [8]}, 2)];
  assert.throws(() => {
    inheritTabular(backend, {parent, child}, {edit: {kind: 'Widen', layer: 3, units: 8}, skip: false, seed: 1});
  }, /there is no hidden layer 3 to widen/);
});
