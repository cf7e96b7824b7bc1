import type {KubernetesObject} from '../api/meta.ts';
import type {Key} from './ports.ts';

export const keyOf = ({metadata}: KubernetesObject): Key => ({
  namespace: metadata.namespace ?? 'default',
  name: metadata.name,
});

/** A key as one string, for maps and queues; `parseKey` is its inverse. */
export const textOf = ({namespace, name}: Key): string => `${namespace}/${name}`;

export const parseKey = (text: string): Key => {
  const [namespace = '', name = ''] = text.split('/');
  return {namespace, name};
};
