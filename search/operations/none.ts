import type {CellOperation} from './operation.ts';

/** All zeros. What is behind it stays in the network and is counted, as in the published tables. */
export const none: CellOperation = (network, input, {strides}) => network.append({op: 'zeros', strides}, input);
