import type {ParameterSpace} from '../../search/parameters.ts';

/** The same eight parameters as in peers/optuna_suggestions.py. */
export const eightParameters: ParameterSpace = {
  learningRate: {kind: 'real', min: 1e-4, max: 1e-1, scale: 'Log'},
  weightDecay: {kind: 'real', min: 1e-6, max: 1e-2, scale: 'Log'},
  dropout: {kind: 'real', min: 0, max: 0.5, scale: 'Linear'},
  labelSmoothing: {kind: 'real', min: 0, max: 0.2, scale: 'Linear'},
  batchSize: {kind: 'integer', min: 16, max: 512, scale: 'Log'},
  layers: {kind: 'integer', min: 1, max: 8, scale: 'Linear'},
  optimizer: {kind: 'choice', choices: ['Sgd', 'Momentum', 'RmsProp', 'Adam', 'AdamW']},
  schedule: {kind: 'choice', choices: ['Constant', 'Cosine']},
};
