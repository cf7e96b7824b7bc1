import assert from 'node:assert/strict';
import {test} from 'node:test';
import {count, duration, figure, gpuTime, measuredFigure, plural, signed} from '../../report/wording.ts';

const rows: readonly {readonly told: string; readonly as: string}[] = [
  {told: figure(0.98189), as: '0.9819'},
  {told: figure(33_714), as: '33,714'},
  {told: figure(-0.5), as: '−0.5'},
  {told: figure(undefined), as: '–'},
  {told: figure(NaN), as: '–'},
  {told: measuredFigure('accuracy', 0.986), as: '0.9860'},
  {told: measuredFigure('parameters', 20_050), as: '20,050'},
  {told: measuredFigure('rmse', undefined), as: '–'},
  {told: signed(0.004178), as: '+0.0042'},
  {told: signed(-0.02228), as: '−0.022'},
  {told: signed(0), as: '0'},
  {told: count(9_999), as: '9,999'},
  {told: count(254_784), as: '255 k'},
  {told: count(12_400_000), as: '12.4 M'},
  {told: count(3_000_000_000), as: '3 G'},
  {told: duration(0), as: '0 s'},
  {told: duration(145), as: '2 min 25 s'},
  {told: duration(7_260), as: '2 h 1 min'},
  {told: gpuTime(1), as: '1 GPU-second'},
  {told: gpuTime(322), as: '5.37 GPU-minutes'},
  {told: gpuTime(3_600), as: '1 GPU-hour'},
  {told: plural(1, 'trial'), as: '1 trial'},
  {told: plural(0, 'trial'), as: '0 trials'},
];

for (const {told, as} of rows)
  test(`a number is told as ${as}`, () => {
    assert.equal(told, as);
  });
