import type {Pod} from '../../api/pod.ts';

/** Ended, as far as its kubelet or Pod GC has said so. */
export const isOver = ({status}: Pod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';
