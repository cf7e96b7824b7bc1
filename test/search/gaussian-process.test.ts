import assert from 'node:assert/strict';
import {test} from 'node:test';
import {GaussianProcess} from '../../search/gaussian-process.ts';
import {normalQuantile, normalScores} from '../../search/normal-scores.ts';
import {keyed} from '../../search/random.ts';

const squared = (a: number, b: number): number => (a - b) ** 2;
const near = (found: number, expected: number, tolerance: number): void => {
  assert.ok(Math.abs(found - expected) <= tolerance, `${found} is not within ${tolerance} of ${expected}`);
};

test('one item is predicted by its kernel alone', () => {
  // With k(0) = 1 and noise n: mean = k y / (1 + n), deviation² = v (1 - k² / (1 + n)), v = y² / (1 + n).
  const model = GaussianProcess.fit([0], [2], squared);
  const here = model.predict(0);
  const share = here.mean / 2;
  const noise = 1 / share - 1;
  assert.ok(noise > 0 && noise <= 0.4);
  near(here.deviation, Math.sqrt((4 / (1 + noise)) * (1 - share)), 1e-12);
  const away = model.predict(1e3);
  near(away.mean, 0, 1e-12);
  near(away.deviation, Math.sqrt(4 / (1 + noise)), 1e-12);
});

test('a smooth function is followed between its points, and less is known outside them', () => {
  const xs = Array.from({length: 25}, (_, at) => at / 4);
  const model = GaussianProcess.fit(xs, xs.map(Math.sin), squared);
  for (const x of [0.6, 2.1, 3.9, 5.2]) near(model.predict(x).mean, Math.sin(x), 0.05);
  assert.ok(model.predict(12).deviation > 5 * model.predict(3).deviation);
});

test('noise is not followed', () => {
  const random = keyed(1, 0, 'noise');
  const xs = Array.from({length: 60}, (_, at) => at / 10);
  const model = GaussianProcess.fit(
    xs,
    xs.map(() => random.normal()),
    squared,
  );
  const spread = xs.reduce((sum, x) => sum + model.predict(x).mean ** 2, 0) / xs.length;
  assert.ok(spread < 0.5, `variance of the fit: ${spread}`);
});

test('items that agree in all are no obstacle', () => {
  const model = GaussianProcess.fit([1, 1, 1, 2], [0.1, 0.2, 0.3, -0.6], squared);
  near(model.predict(1).mean, 0.2, 0.1);
});

test('targets must be as many as items', () => {
  assert.throws(() => GaussianProcess.fit([1, 2], [1], squared), /found 2 items and 1 targets/);
  assert.throws(() => GaussianProcess.fit([], [], squared), /found 0 items/);
});

for (const [p, quantile] of [
  [0.5, 0],
  [0.975, 1.959963984540054],
  [0.025, -1.959963984540054],
  [0.001, -3.090232306167813],
] as const)
  test(`the normal distribution's quantile at ${p} is ${quantile}`, () => {
    near(normalQuantile(p), quantile, 1e-8);
  });

test('normal scores fall with the rank and have mean 0', () => {
  const scores = normalScores(7);
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
  near(
    scores.reduce((sum, score) => sum + score, 0),
    0,
    1e-12,
  );
});
