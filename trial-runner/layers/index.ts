import type {Operation} from '../../search/network.ts';
import {activation} from './activation.ts';
import {conv2d, depthwiseConv2d} from './convolution.ts';
import {dense, flatten} from './dense.ts';
import {dropout} from './dropout.ts';
import type {Builder} from './layer.ts';
import {add, concat} from './merge.ts';
import {batchNorm, layerNorm} from './normalization.ts';
import {embedding, globalAvgPool1d, gru, lstm, selfAttention} from './sequence.ts';
import {avgPool2d, globalAvgPool2d, maxPool2d, zeros} from './pooling.ts';

/** One row per primitive of search/network.ts: how it becomes a tf.layers layer. */
export const builders: {readonly [Op in Operation['op']]: Builder<Op>} = {
  conv2d,
  depthwiseConv2d,
  avgPool2d,
  maxPool2d,
  globalAvgPool2d,
  flatten,
  zeros,
  dense,
  batchNorm,
  layerNorm,
  activation,
  dropout,
  add,
  concat,
  embedding,
  lstm,
  gru,
  selfAttention,
  globalAvgPool1d,
};
