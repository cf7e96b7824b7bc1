import assert from 'node:assert/strict';
import {after, describe, it} from 'node:test';
import {runTrialProcess, Workplace} from './child.ts';

const workplace = new Workplace();
after(() => {
  workplace.remove();
});

type Genotype = Readonly<Record<string, unknown>>;
const small: Genotype = {
  widths: [16],
  activation: 'relu',
  dropout: 0,
  normalization: 'Identity',
  residual: false,
};
const settings = {layers: {min: 1, max: 3}, widths: [16, 32]};
const architectureOf = (genotype: Genotype) => ({family: 'SearchSpace', type: 'Tabular', settings, genotype});

/** Without an epoch: what the weights are worth that a trial begins with. */
const begun = (name: string, genotype: Genotype, inherit?: {trial: string; genotype: unknown}) =>
  runTrialProcess(workplace, {
    name,
    spec: {architecture: architectureOf(genotype), epochs: 0},
    ...(inherit === undefined ? {} : {more: {inherit}}),
  });

describe('A trial that grew out of another', {concurrency: 1}, () => {
  it('begins as good as its parent ended, and says whose weights it has', async () => {
    const parent = await runTrialProcess(workplace, {
      name: 'parent',
      spec: {architecture: architectureOf(small), epochs: 4},
      more: {keepModel: true},
    });
    assert.equal(parent.record.state, 'Succeeded', parent.stderr);
    const reached = parent.record.values?.['crossEntropy'] ?? Number.NaN;
    const children: readonly (readonly [name: string, genotype: Genotype, words: RegExp])[] = [
      ['wide', {...small, widths: [32]}, /parent: widened hidden layer 1: 16 → 32 units/],
      ['deep', {...small, widths: [16, 16]}, /parent: deepened behind hidden layer 1: 16 units/],
      ['skip', {...small, widths: [16, 16], residual: true}, /parent: deepened with a skip connection/],
      ['same', small, /parent: the same architecture/],
    ];
    for (const [name, genotype, words] of children) {
      const {record, stderr} = await begun(name, genotype, {trial: 'parent', genotype: small});
      assert.ok(Math.abs((record.values?.['crossEntropy'] ?? 0) - reached) < 1e-4, `${name}: ${stderr}`);
      assert.match(record.message ?? '', words);
      assert.match(stderr, words);
    }
  });

  const wide = {...small, widths: [32]};
  const rows: readonly (readonly [name: string, inherit: {trial: string; genotype: unknown}, why: RegExp])[] = [
    ['left no weights', {trial: 'ghost', genotype: small}, /not with those of ghost: trial ghost left no model/],
    ['is no step away', {trial: 'parent', genotype: {...small, widths: [16, 16]}}, /no edit that keeps the function/],
    ['was of another shape', {trial: 'parent', genotype: wide}, /the weights are of other shapes/],
  ];
  const fresh = begun('fresh', wide);
  for (const [what, inherit, why] of rows)
    it(`begins with fresh weights where its parent ${what}, and says so`, async () => {
      const {record, stderr} = await begun('child', wide, inherit);
      assert.equal(record.state, 'Succeeded', stderr);
      assert.equal(record.values?.['crossEntropy'], (await fresh).record.values?.['crossEntropy']);
      assert.match(record.message ?? '', why);
      assert.match(stderr, why);
    });
});
