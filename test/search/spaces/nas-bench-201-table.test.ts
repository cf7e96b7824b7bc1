import assert from 'node:assert/strict';
import {test} from 'node:test';
import {measure} from '../../../search/measure.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {readTable} from '../nas-bench-table.ts';

const space = nasBench201.open({cellsPerStage: 5, channels: 16});
const cifar10 = {input: [32, 32, 3], outputs: 10};
const table = readTable();

test('the table holds every cell of the space once', () => {
  assert.equal(new Set(table.map(({arch}) => space.parse(arch))).size, space.size);
  assert.equal(table.length, space.size);
});

test('parameters and FLOPs of all 15,625 networks are those of the published table', () => {
  for (const {arch, parametersMillions, flopsMillions} of table) {
    const {parameters, flops} = measure(space.network(arch, cifar10));
    assert.ok(Math.abs(parameters - parametersMillions * 1e6) <= 100, `${arch}: ${parameters} parameters`);
    // One unit of the fourth decimal: the table writes 184.73024 (18 cells) as 184.7303. Two counts of the space differ by 3.9 million at least.
    assert.ok(Math.abs(flops / 1e6 - flopsMillions) < 0.0001, `${arch}: ${flops} FLOPs`);
  }
});

test('canonical forms part the cells into the 6,466 classes of the published table', () => {
  const oursOf = new Map<string, string>();
  const theirsOf = new Map<string, string>();
  for (const {arch, canonical: theirs} of table) {
    const ours = space.canonical(arch);
    assert.equal(oursOf.get(theirs) ?? ours, ours, `${arch} is one with another cell in the table, and not here`);
    assert.equal(theirsOf.get(ours) ?? theirs, theirs, `${arch} is one with another cell here, and not in the table`);
    oursOf.set(theirs, ours);
    theirsOf.set(ours, theirs);
  }
  assert.equal(oursOf.size, 6_466);
});
