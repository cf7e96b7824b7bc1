import {apply, only, type Builder} from './layer.ts';

export const avgPool2d: Builder<'avgPool2d'> = ({size, strides, padding}, inputs, {backend, name}) =>
  apply(backend.tf.layers.averagePooling2d({name, poolSize: size, strides, padding}), only(inputs, name));

export const maxPool2d: Builder<'maxPool2d'> = ({size, strides, padding}, inputs, {backend, name}) =>
  apply(backend.tf.layers.maxPooling2d({name, poolSize: size, strides, padding}), only(inputs, name));

export const globalAvgPool2d: Builder<'globalAvgPool2d'> = (_operation, inputs, {backend, name}) =>
  apply(backend.tf.layers.globalAveragePooling2d({name}), only(inputs, name));

/** NAS-Bench-201's `none`: no stock layer makes zeros, but one scales by zero, and a pool of size one strides. */
export const zeros: Builder<'zeros'> = ({strides}, inputs, {backend, name}) => {
  const {layers} = backend.tf;
  const input = only(inputs, name);
  const strided =
    strides === 1
      ? input
      : apply(layers.averagePooling2d({name: `${name}-stride`, poolSize: 1, strides, padding: 'same'}), input);
  return apply(layers.rescaling({name, scale: 0}), strided);
};
