import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {Network} from '../../../search/network.ts';
import {openBackend} from '../../../trial-runner/backend.ts';
import {networkOf, rows, title, type Row} from '../layers/rows.ts';
import {distance, steps, trainerOf} from './networks.ts';

const backend = await openBackend(1);

/** The operation, and a classifier behind it. */
function classifier([operation, input]: Row): Network {
  const {layers, output} = networkOf(operation, input);
  const flat = {op: 'flatten', name: 'flat', inputs: [output]} as const;
  const units = input.length === 1 ? 3 : 10;
  const out = {op: 'dense', units, bias: true, name: 'out', inputs: ['flat']} as const;
  return {input, layers: [...layers, flat, out], output: 'out'};
}

const tokens: Row[] = [[{op: 'embedding', tokens: 20, width: 4}, [5]]];

/** Without the layer before: nothing comes before tokens. */
const ofTokens = (row: Row): Network => {
  const {layers, ...network} = classifier(row);
  return {
    ...network,
    layers: layers.slice(1).map((layer) => (layer.name === 'it' ? {...layer, inputs: ['input']} : layer)),
  };
};

describe('A compiled step of each primitive is the eager one after 2 steps', () => {
  const all = [
    ...rows.map((row) => [row, classifier(row)] as const),
    ...tokens.map((row) => [row, ofTokens(row)] as const),
  ];
  for (const [[operation, input], network] of all)
    it(title(operation, input), () => {
      const [ours, theirs] = [false, true].map((eager) => {
        const trainer = trainerOf(backend, network, {optimizer: 'Momentum', eager});
        assert.equal(trainer.compiled, !eager);
        const last = [...steps(trainer, network, 2)].at(-1) ?? assert.fail('no step');
        trainer.dispose();
        return last;
      }) as [{loss: number; weights: never[]}, {loss: number; weights: never[]}];
      assert.ok(Math.abs(ours.loss / theirs.loss - 1) < 1e-5, `${String(ours.loss)}, ${String(theirs.loss)}`);
      const far = distance(theirs.weights, ours.weights);
      assert.ok(far < 1e-5, String(far));
    });
});
