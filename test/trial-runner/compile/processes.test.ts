import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import path from 'node:path';
import {describe, it} from 'node:test';
import {promisify} from 'node:util';

const script = path.join(import.meta.dirname, 'digest.ts');
const digest = async (): Promise<string> => {
  const {stdout} = await promisify(execFile)(process.execPath, [script]);
  return stdout.trim();
};

describe('Compiled training', () => {
  it('is the same to the bit in two processes', async () => {
    const first = await digest();
    assert.match(first, /^[0-9a-f]{64}$/);
    assert.equal(await digest(), first);
  });
});
