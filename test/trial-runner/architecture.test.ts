import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import type {DataShape} from '../../search/network.ts';
import type {Objective} from '../../search/objectives.ts';
import type {Task} from '../../search/space.ts';
import {expandArchitecture} from '../../trial-runner/architecture.ts';
import {TrialFailure} from '../../trial-runner/failure.ts';

type Architecture = Parameters<typeof expandArchitecture>[0];
const resnet: Architecture = {family: 'Baseline', type: 'ResNet', genotype: {filters: [4], blocksPerStage: 1}};
const cell: Architecture = {
  family: 'SearchSpace',
  type: 'NasBench201',
  settings: {cellsPerStage: 1, channels: 4},
  genotype: '|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|',
};
const digits = {input: [8, 8, 1], outputs: 10};
interface Given {
  readonly data?: DataShape;
  readonly task?: Task;
  readonly objectives?: readonly Objective[];
}
const expand = (
  architecture: Architecture,
  {data = digits, task = 'ImageClassification', objectives = []}: Given = {},
) => expandArchitecture(architecture, {data, task, objectives});

const minimize = (metric: string, limit: number): Objective => ({metric, goal: 'Minimize', limit});

describe('An architecture', () => {
  for (const architecture of [resnet, cell])
    it(`of ${architecture.type} becomes a network with its cost`, () => {
      const {network, values} = expand(architecture);
      assert.deepEqual(network.input, [8, 8, 1]);
      assert.ok((values['parameters'] ?? 0) > 0 && (values['flops'] ?? 0) > 0);
    });

  it('passes a limit that it meets exactly', () => {
    const {values} = expand(cell);
    for (const metric of ['parameters', 'flops'])
      expand(cell, {
        objectives: [minimize(metric, values[metric] ?? 0), {metric, goal: 'Maximize', limit: values[metric] ?? 0}],
      });
  });

  const refused: [string, TrialFailure['reason'], () => unknown, RegExp][] = [
    [
      'above a limit',
      'LimitExceeded',
      () => expand(cell, {objectives: [minimize('flops', 10)]}),
      /flops is \d+, outside .*10/,
    ],
    [
      'below a limit',
      'LimitExceeded',
      () => expand(cell, {objectives: [{metric: 'parameters', goal: 'Maximize', limit: 1e9}]}),
      /Maximize/,
    ],
    [
      'of a baseline that is unknown',
      'UnsupportedArchitecture',
      () => expand({...resnet, type: 'LeNet'}),
      /LeNet; this runner knows .*ResNet/,
    ],
    [
      'of a space for other tasks',
      'UnsupportedArchitecture',
      () => expand(cell, {task: 'TabularRegression'}),
      /NasBench201 is for ImageClassification/,
    ],
    [
      'with settings that are none',
      'UnsupportedArchitecture',
      () => expand({...cell, settings: {channels: -1}}),
      /searchSpace\.nasBench201/,
    ],
    [
      'for data that it does not fit',
      'WrongShape',
      () => expand(cell, {data: {input: [5], outputs: 2}}),
      /shape \[5\] → 2|cannot be built/,
    ],
  ];
  for (const [what, reason, attempt, message] of refused)
    it(`${what} is refused`, () => {
      assert.throws(attempt, (error) => {
        assert.ok(error instanceof TrialFailure);
        assert.equal(error.reason, reason, error.message);
        assert.match(error.message, message);
        return true;
      });
    });
});
