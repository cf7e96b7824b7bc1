import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, describe, test} from 'node:test';
import {openBackend} from '../../../../trial-runner/backend.ts';
import {decoderOf} from '../../../../trial-runner/data/decoder.ts';
import {leaksOf} from '../../../../trial-runner/data/leaks.ts';
import {load, type DataRequest} from '../../../../trial-runner/data/load.ts';
import {readPictures, sensibleSize, spread} from '../../../../trial-runner/data/sources/image-folder.ts';
import {loadTest} from '../../../../trial-runner/data/test-split.ts';
import {TrialFailure} from '../../../../trial-runner/failure.ts';
import {png, type PngContent} from '../png-builder.ts';

const {tf} = await openBackend(1);
const decoder = decoderOf({tf});
const root = mkdtempSync(join(tmpdir(), 'archsearch-folder-'));
after(() => {
  rmSync(root, {recursive: true, force: true});
});

const volume = {claim: 'data', path: '.'};

function written(files: Readonly<Record<string, Uint8Array>>): {readonly data: string} {
  const data = mkdtempSync(join(root, 'volume-'));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(data, file)), {recursive: true});
    writeFileSync(join(data, file), content);
  }
  return {data};
}

const plain = (channels: PngContent['channels'], color: readonly number[], height = 4, width = height): Uint8Array =>
  png({height, width, channels, valueAt: (_row, _column, channel) => color[channel] ?? 0});
const gray = (value: number): Uint8Array => plain(1, [value]);

const read = (mounts: {readonly data: string}, size?: readonly number[], maxExamples?: number) =>
  readPictures(volume, size, {mounts, decoder, maxExamples, seed: 0});

describe('a folder of pictures', () => {
  test('becomes arrays in the order of the names, with the names of the classes', () => {
    const raw = read(written({'b/1.png': gray(3), 'a/2.png': gray(2), 'a/1.png': gray(1)}));
    assert.deepEqual(raw.shape, [4, 4, 1]);
    assert.deepEqual([raw.inputs[0], raw.inputs[16], raw.inputs[32], raw.inputs.length], [1, 2, 3, 48]);
    assert.deepEqual([...raw.targets], [0, 0, 1]);
    assert.deepEqual(raw.classes, ['a', 'b']);
  });

  const channelRows: readonly (readonly [string, Readonly<Record<string, Uint8Array>>, readonly number[]])[] = [
    [
      'color where most are, gray ones in three equal channels',
      {'a/1.png': plain(3, [10, 20, 30]), 'b/1.png': plain(3, [40, 50, 60]), 'b/2.png': gray(70)},
      [10, 20, 30, 40, 50, 60, 70, 70, 70],
    ],
    [
      'gray where most are, by the luma of colors',
      {'a/1.png': gray(5), 'a/2.png': gray(6), 'b/1.png': plain(3, [100, 200, 50])},
      [5, 6, 153],
    ],
    [
      'without transparency',
      {'a/1.png': plain(4, [1, 2, 3, 0]), 'b/1.png': plain(4, [4, 5, 6, 128])},
      [1, 2, 3, 4, 5, 6],
    ],
    ['gray without transparency', {'a/1.png': plain(2, [9, 0]), 'b/1.png': plain(2, [8, 255])}, [9, 8]],
  ];
  for (const [how, files, first] of channelRows)
    test(`is ${how}`, () => {
      const {inputs, shape, targets} = read(written(files), [4]);
      const channels = shape[2] ?? 0;
      const firstPixels = [...targets.keys()].flatMap((at) => [...inputs.slice(at * 16 * channels).slice(0, channels)]);
      assert.deepEqual(firstPixels, first);
    });

  test('is opened in each format, of an animation the first frame', async () => {
    const jpeg = await tf.node.encodeJpeg(tf.tensor3d(new Uint8Array(192).fill(200), [8, 8, 3], 'int32'));
    // 1 × 1 pixels of color (255, 0, 0), twice over
    const frame = [0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
    const gif = [...Buffer.from('GIF89a'), 1, 0, 1, 0, 0x80, 0, 0, 255, 0, 0, 0, 0, 255, ...frame, ...frame, 0x3b];
    const bmp = [
      ...Buffer.from('BM'),
      58,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
      54,
      0,
      0,
      0,
      40,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      1,
      0,
      24,
    ];
    const pixel = [...new Array<number>(25).fill(0), 30, 20, 10, 0];
    const files = {
      'a/1.jpg': jpeg,
      'a/2.gif': Uint8Array.from(gif),
      'b/3.bmp': Uint8Array.from([...bmp, ...pixel]),
    };
    const {inputs, shape} = read(written(files), [4]);
    assert.deepEqual(shape, [4, 4, 3]);
    assert.deepEqual([...inputs.slice(0, 3)], [200, 200, 200]);
    assert.deepEqual([...inputs.slice(48, 51)], [255, 0, 0]);
    assert.deepEqual([...inputs.slice(96, 99)], [10, 20, 30]);
  });

  test('is shrunk without making patterns of its own, and enlarged smoothly', () => {
    const stripes = png({height: 32, width: 32, channels: 1, valueAt: (row) => (row % 2) * 200});
    const steps = png({height: 2, width: 2, channels: 1, valueAt: (_row, column) => column * 100});
    const {inputs} = read(written({'a/1.png': stripes, 'b/1.png': steps}), [4]);
    assert.deepEqual([...new Set(inputs.slice(0, 16))], [100]);
    assert.deepEqual([...inputs.slice(16, 20)], [0, 25, 75, 100].map(Math.round));
  });

  test('has the size that is given: height, then width', () => {
    assert.deepEqual(read(written({'a/1.png': gray(1), 'b/1.png': gray(2)}), [8, 12]).shape, [8, 12, 1]);
  });

  test('names the file that cannot be opened', () => {
    const mounts = written({'a/1.png': gray(1), 'b/7.png': gray(2).slice(0, 40)});
    assert.throws(
      () => read(mounts, [4]),
      (error) =>
        error instanceof TrialFailure &&
        error.reason === 'BadData' &&
        /^data\/b\/7\.png is no picture that can be read \(Invalid PNG.*\); save it again or remove it/.test(
          error.message,
        ),
    );
    assert.throws(() => read(mounts), /data\/b\/7\.png is no picture/);
  });

  test('too large for memory is refused before it is opened, with what would fit', () => {
    const files = Object.fromEntries(
      ['a', 'b'].flatMap((of) => Array.from({length: 50}, (_, n) => [`${of}/${String(n)}.png`, gray(n)])),
    );
    assert.throws(
      () => read(written(files), [1024]),
      /data: 100 pictures of 1024 × 1024 need 1\.2 GiB, and 1 GiB is the most; set dataset\.maxExamples to 85 or less, or a smaller dataset\.imageFolder\.size/,
    );
  });

  test('of more than maxExamples no others are opened', () => {
    const good = Object.fromEntries(
      ['a', 'b'].flatMap((of) =>
        Array.from({length: 20}, (_, n) => [`${of}/${String(n).padStart(2, '0')}.png`, gray(n)]),
      ),
    );
    const {inputs, targets} = read(written(good), [4], 10);
    assert.deepEqual([inputs.length, targets.filter((label) => label === 1).length], [160, 5]);
    const kept = new Set(
      [...targets.keys()].map(
        (at) => `${targets[at] === 0 ? 'a' : 'b'}/${String(inputs[at * 16]).padStart(2, '0')}.png`,
      ),
    );
    const others = Object.keys(good).filter((file) => !kept.has(file));
    const broken = Object.fromEntries(others.map((file) => [file, Uint8Array.of(1)]));
    assert.deepEqual(read(written({...good, ...broken}), [4], 10).inputs, inputs);
  });

  test('leaves no tensor behind', () => {
    const mounts = written({'a/1.png': gray(1), 'b/1.png': Uint8Array.of(1)});
    const whole = written({'a/1.png': gray(1), 'b/1.png': plain(4, [1, 2, 3, 4], 20)});
    const before = tf.memory().numTensors;
    read(whole);
    assert.throws(() => read(mounts));
    assert.throws(() => read(mounts, [8]));
    assert.equal(tf.memory().numTensors, before);
  });
});

describe('trials on a folder of pictures', () => {
  const files = Object.fromEntries(
    ['cat', 'dog'].flatMap((of, label) =>
      Array.from({length: 20 + 20 * label}, (_, n) => [`${of}/${String(n)}.png`, gray(n < 10 ? 100 : n * 3 + label)]),
    ),
  );
  const mounts = written(files);
  const request: DataRequest = {
    dataset: {imageFolder: {volume, size: [4]}, split: {validation: 0.25, test: 0.25}, seed: 0},
    task: 'ImageClassification',
    dataFraction: 1,
  };

  test('see stratified, standardized examples and the names of the classes', () => {
    const {train, validation, preprocessing, shape} = load(request, mounts, decoder);
    assert.deepEqual(shape, {input: [4, 4, 1], outputs: 2});
    assert.deepEqual(preprocessing.targets, {kind: 'classes', names: ['cat', 'dog']});
    for (const [part, count] of [
      [train, 30],
      [validation, 15],
    ] as const) {
      assert.equal(part.count, count);
      assert.equal(part.targets.filter((label) => label === 0).length, count / 3);
    }
    const mean = train.inputs.reduce((sum, value) => sum + value, 0) / train.inputs.length;
    assert.ok(Math.abs(mean) < 1e-5, String(mean));
    assert.equal(loadTest(request, mounts, preprocessing, decoder).count, 15);
  });

  test('are told of pictures that repeat', () => {
    const {validation, test: tests, testOf} = leaksOf(request, mounts, decoder);
    assert.ok(validation > 0 && tests > 0 && tests < testOf);
  });
});

const sizes: readonly (readonly [string, readonly (readonly [number, number])[], number, readonly number[]])[] = [
  [
    'the median',
    [
      [10, 20],
      [28, 28],
      [30, 50],
    ],
    64,
    [28, 28],
  ],
  ['a multiple of 4', [[30, 45]], 64, [32, 44]],
  ['at most the largest, in proportion', [[375, 500]], 64, [48, 64]],
  ['never nothing', [[2, 400]], 64, [4, 64]],
];
for (const [what, of, largest, expected] of sizes)
  test(`the size of pictures is ${what}`, () => {
    assert.deepEqual(sensibleSize(of, largest), expected);
  });

test('pictures to look at are spread over all', () => {
  assert.deepEqual(spread([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 4), [0, 2, 5, 7]);
  assert.deepEqual(spread([0, 1], 4), [0, 1]);
});
