import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {after, describe, it} from 'node:test';
import {parseMounts, readMounted} from '../../../trial-runner/data/mounts.ts';
import {TrialFailure} from '../../../trial-runner/failure.ts';

const root = mkdtempSync(path.join(tmpdir(), 'archsearch-mounts-'));
after(() => {
  rmSync(root, {recursive: true});
});
mkdirSync(path.join(root, 'volume', 'sub'), {recursive: true});
mkdirSync(path.join(root, 'volume-too'));
writeFileSync(path.join(root, 'secret'), 'secret');
writeFileSync(path.join(root, 'volume-too', 'secret'), 'secret');
writeFileSync(path.join(root, 'volume', 'sub', 'file'), 'content');
symlinkSync(path.join(root, 'secret'), path.join(root, 'volume', 'out'));
symlinkSync('sub', path.join(root, 'volume', 'in'));
const mounts = {data: path.join(root, 'volume')};

describe('A file on a volume', () => {
  for (const given of ['sub/file', './sub/../sub/file', 'in/file'])
    it(`is read: ${given}`, () => {
      assert.equal(Buffer.from(readMounted(mounts, {claim: 'data', path: given})).toString(), 'content');
    });

  const refused: [string, string, RegExp][] = [
    ['data', '../secret', /leaves volume claim data/],
    ['data', '../volume-too/secret', /leaves volume claim data/],
    ['data', '/etc/passwd', /leaves volume claim data/],
    ['data', 'out', /leaves volume claim data/],
    ['data', '.', /leaves volume claim data/],
    ['data', 'sub/none', /no file sub\/none in volume claim data/],
    ['data', 'sub', /cannot read sub in volume claim data/],
    [
      'other',
      'sub/file',
      /volume claim other \(for sub\/file\) is not mounted; mounted claims: data; give --mount other=/,
    ],
  ];
  for (const [claim, given, message] of refused)
    it(`is refused: ${given} of ${claim}`, () => {
      assert.throws(
        () => readMounted(mounts, {claim, path: given}),
        (error) => error instanceof TrialFailure && error.reason === 'MissingFile' && message.test(error.message),
      );
    });
});

describe('Mounts', () => {
  it('are a JSON object of directories, or nothing', () => {
    assert.deepEqual(parseMounts('{"a": "/x"}'), {a: '/x'});
    assert.deepEqual(parseMounts(undefined), {});
    for (const wrong of ['[1]', '{"a": 1}', 'nonsense'])
      assert.throws(() => parseMounts(wrong), /JSON object of claim/);
  });
});
