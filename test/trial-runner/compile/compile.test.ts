import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {openBackend, type Tensor, type Variable} from '../../../trial-runner/backend.ts';
import {compile, CompileError, type Body, type CompiledStep, type Program} from '../../../trial-runner/compile.ts';
import type {Batch} from '../../../trial-runner/training/batches.ts';
import {batchOf, plainPerceptron, trainerOf} from './networks.ts';

const backend = await openBackend(1);
const {tf} = backend;

const inputs = {x: {shape: [2], dtype: 'float32'}} as const;
const shapes = {step: () => inputs, evaluate: () => inputs};
const variable = (...values: number[]): Variable => tf.variable(tf.tensor1d(values), false);
const evaluate: Body = ({x}) => ({outputs: x as Tensor});

function compiled(program: Partial<Program> & Pick<Program, 'step'>): CompiledStep {
  return compile(backend, {evaluate, state: [], scratch: [], ...program}, shapes);
}
function read(step: CompiledStep, of: Variable): number[] {
  const [tensor] = step.read([of]) as [Tensor];
  return [...tensor.dataSync()];
}
const feed = (...values: number[]) => ({x: Float32Array.of(...values)});

describe('A compiled step', () => {
  it('updates its own copy of the state and leaves the variables alone', () => {
    const sum = variable(1, 2);
    const step = compiled({
      state: [sum],
      step: ({x}) => {
        sum.assign(sum.add(x as Tensor));
        return {};
      },
    });
    step.run(feed(10, 20));
    step.run(feed(10, 20));
    assert.deepEqual(read(step, sum), [21, 42]);
    assert.deepEqual([...sum.dataSync()], [1, 2]);
    step.dispose();
  });

  it('reads every variable before any of them is written', () => {
    const [a, b] = [variable(1, 2), variable(3, 4)];
    const step = compiled({
      state: [a, b],
      step: () => {
        const before = a.clone();
        a.assign(b);
        b.assign(before);
        return {};
      },
    });
    step.run(feed(0, 0));
    assert.deepEqual(
      [read(step, a), read(step, b)],
      [
        [3, 4],
        [1, 2],
      ],
    );
    step.run(feed(0, 0));
    assert.deepEqual(read(step, a), [1, 2]);
    step.dispose();
  });

  it('keeps apart two variables that were made of one tensor', () => {
    const tensor = tf.tensor1d([1, 1]);
    const [a, b] = [tf.variable(tensor, false), tf.variable(tensor, false)];
    const step = compiled({
      state: [a, b],
      step: ({x}) => {
        a.assign(a.add(x as Tensor));
        b.assign(b.sub(x as Tensor));
        return {};
      },
    });
    step.run(feed(5, 6));
    assert.deepEqual(
      [read(step, a), read(step, b)],
      [
        [6, 7],
        [-4, -5],
      ],
    );
    step.dispose();
  });

  const constants: [string, number[]][] = [
    ['ones', [1, 1]],
    ['different numbers', [0.1, -3e-8]],
    ['no number', [Number.NaN, Number.NaN]],
    ['infinities', [Infinity, -Infinity]],
    ['negative zeros', [-0, -0]],
    ['a zero and a negative zero', [0, -0]],
  ];
  for (const [what, values] of constants)
    it(`has constants as they are: ${what}`, () => {
      const outside = tf.tensor1d(values);
      const [within, without] = [variable(7, 7), variable(7, 7)];
      const step = compiled({
        state: [within, without],
        step: () => {
          within.assign(tf.tensor1d(values));
          without.assign(outside);
          return {};
        },
      });
      step.run(feed(1, 1));
      const expected = [...Float32Array.from(values)];
      assert.deepEqual([read(step, within), read(step, without)], [expected, expected]);
      step.dispose();
    });

  it('takes the shapes that it was compiled for, and says so of others', () => {
    const sum = variable(0, 0);
    const step = compiled({state: [sum], step: () => ({})});
    assert.throws(() => {
      step.run(feed(1, 2, 3));
    }, /a batch of x: 3 values does not fit: one example has x: 2/);
    assert.throws(() => step.evaluate({}), RangeError);
    step.dispose();
  });

  it('is written to and read in full while others with equal names live beside it', () => {
    const a = variable(1, 2);
    const make = (): CompiledStep => compiled({state: [a], step: () => ({})});
    const [first, second] = [make(), make()];
    first.write(new Map([[a, tf.tensor1d([8, 9])]]));
    assert.deepEqual(
      [read(first, a), read(second, a)],
      [
        [8, 9],
        [1, 2],
      ],
    );
    first.dispose();
    assert.deepEqual(read(second, a), [1, 2]);
    second.dispose();
  });

  it('that is read in the middle and written into a new one goes on as if nothing had been', () => {
    const [weight, speed] = [variable(1, -1), variable(0, 0)];
    const program = {
      state: [weight, speed],
      step: (({x}) => {
        speed.assign(speed.mul(0.9).add(weight.mul(x as Tensor)));
        weight.assign(weight.sub(speed.mul(0.01)));
        return {};
      }) satisfies Body,
    };
    const [whole, half] = [compiled(program), compiled(program)];
    for (const at of [1, 2, 3, 4]) whole.run(feed(at, at * 2));
    for (const at of [1, 2]) half.run(feed(at, at * 2));
    const checkpoint = half.read(program.state);
    half.dispose();
    const resumed = compiled(program);
    resumed.write(new Map(program.state.map((each, index) => [each, checkpoint[index] as Tensor])));
    for (const at of [3, 4]) resumed.run(feed(at, at * 2));
    for (const each of program.state) assert.deepEqual(read(resumed, each), read(whole, each));
    whole.dispose();
    resumed.dispose();
  });
});

describe('What cannot be compiled is named', () => {
  const state = variable(1, 1);
  const foreign = variable(1, 1);
  let counter = 0;
  const rows: [string, RegExp, Body][] = [
    [
      'a value that is read in JavaScript',
      /the result of Square is read in JavaScript/,
      ({x}) => ({y: (x as Tensor).square().mul((x as Tensor).square().dataSync()[0] ?? 0)}),
    ],
    [
      'an input that is read in JavaScript',
      /the result of an input is read/,
      ({x}) => ({y: (x as Tensor).mul((x as Tensor).dataSync()[0] ?? 0)}),
    ],
    [
      'a counter',
      /operation 0, Mul, input 1 is made in JavaScript and differs/,
      ({x}) => {
        counter += 1;
        return {y: (x as Tensor).mul(counter)};
      },
    ],
    [
      'dropout with numbers of JavaScript',
      /is made in JavaScript and differs/,
      ({x}) => ({y: tf.dropout(x as Tensor, 0.5)}),
    ],
    [
      'control flow that changes',
      /operation \d, \w+, was \w+|operations and the next/,
      ({x}) => {
        counter += 1;
        return {y: counter % 2 === 0 ? (x as Tensor).square() : (x as Tensor).sqrt()};
      },
    ],
    [
      'a variable that is not part of the state',
      /variable .* is read, and is not part of the state/,
      () => ({y: foreign.square()}),
    ],
  ];
  for (const [what, message, body] of rows)
    it(what, () => {
      const tensors = tf.memory().numTensors;
      const step: Body = (given) => {
        state.assign(body(given)['y'] as never);
        return {};
      };
      assert.throws(
        () => compiled({state: [state], step}),
        (error) => error instanceof CompileError && message.test(error.message) && true,
      );
      assert.deepEqual([...state.dataSync()], [1, 1]);
      assert.equal(tf.memory().numTensors, tensors);
      // The binding is in its place again.
      assert.equal(tf.add(1, 2).dataSync()[0], 3);
    });
});

describe('Nothing is left behind', () => {
  const weight = variable(1, 2);
  const program = {
    state: [weight],
    step: (({x}) => {
      weight.assign(weight.add((x as Tensor).mul(0.001)));
      return {};
    }) satisfies Body,
  };
  const megabytes = (): number => process.memoryUsage().rss / 2 ** 20;

  it('by 200 rounds of compiling and disposing', () => {
    const round = (): void => {
      const step = compiled(program);
      step.run(feed(1, 1));
      step.dispose();
    };
    for (let index = 0; index < 20; index += 1) round();
    const [tensors, memory] = [tf.memory().numTensors, megabytes()];
    for (let index = 0; index < 200; index += 1) round();
    assert.equal(tf.memory().numTensors, tensors);
    assert.equal(tf.node.getNumOfSavedModels(), 0);
    assert.ok(megabytes() < memory + 60, `${String(memory)} → ${String(megabytes())} MiB`);
  });

  it('by 2,000 steps of a network on batches of changing sizes', () => {
    const trainer = trainerOf(backend, plainPerceptron, {optimizer: 'AdamW', eager: false});
    const sizes = Array.from({length: 50}, (_, index) => batchOf(plainPerceptron, 3, 1 + ((index * 7) % 33), index));
    const train = (from: number, to: number): void => {
      for (let step = from; step < to; step += 1) trainer.step(sizes[step % 50] as Batch, {step, rate: 0.003});
    };
    train(0, 500);
    const [tensors, memory] = [tf.memory().numTensors, megabytes()];
    train(500, 2500);
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(megabytes() < memory + 20, `${String(memory)} → ${String(megabytes())} MiB`);
    trainer.dispose();
  });

  it('by 2,000 steps', () => {
    const step = compiled(program);
    const batch = feed(1, 1);
    for (let index = 0; index < 200; index += 1) step.run(batch);
    const [tensors, memory] = [tf.memory().numTensors, megabytes()];
    for (let index = 0; index < 2000; index += 1) step.run(batch);
    assert.equal(tf.memory().numTensors, tensors);
    assert.ok(megabytes() < memory + 20, `${String(memory)} → ${String(megabytes())} MiB`);
    step.dispose();
  });
});
