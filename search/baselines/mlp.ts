import {buildTabular} from '../spaces/tabular/network.ts';
import {parseTabular} from '../spaces/tabular/genotype.ts';
import type {TabularGenotype} from '../spaces/tabular/genotype.ts';
import type {TabularSettings} from '../spaces/tabular/settings.ts';
import type {Baseline} from './baseline.ts';

const genotype: TabularGenotype = {
  widths: [128, 128],
  activation: 'relu',
  dropout: 0.1,
  normalization: 'Identity',
  residual: false,
};

/** The settings of a space that holds this network alone. */
const only = {
  layers: {min: 2, max: 2},
  widths: [128],
  activations: ['relu'],
  dropout: [0.1],
  normalization: ['Identity'],
  residual: [false],
} satisfies TabularSettings;

/** The perceptron that a tuned table model is usually compared to: two hidden layers of 128 units. */
export const mlp: Baseline = {
  type: 'Mlp',
  tasks: ['TabularClassification', 'TabularRegression'],
  genotype,
  network: (value, data) => buildTabular(parseTabular(value, only), data),
  tuning: {
    optimizer: {kind: 'fixed', value: 'AdamW'},
    learningRate: {kind: 'real', min: 0.0002, max: 0.02, scale: 'Log'},
    schedule: {kind: 'fixed', value: 'Cosine'},
    weightDecay: {kind: 'real', min: 0.000001, max: 0.1, scale: 'Log'},
    batchSize: {kind: 'choice', choices: [32, 64, 128]},
    labelSmoothing: {kind: 'fixed', value: 0},
    augmentation: {kind: 'fixed', value: 'Identity'},
  },
};
