import assert from 'node:assert/strict';
import {copyFileSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {describe, it} from 'node:test';
import {pathToFileURL} from 'node:url';
import {openBackend} from '../../trial-runner/backend.ts';

describe('The backend', () => {
  it('says how to have TensorFlow where it is not set up', async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'archsearch-backend-'));
    try {
      // From here no node_modules are in reach.
      const file = path.join(directory, 'backend.ts');
      copyFileSync(path.join(import.meta.dirname, '../../trial-runner/backend.ts'), file);
      const lonely = (await import(pathToFileURL(file).href)) as {openBackend: typeof openBackend};
      await assert.rejects(lonely.openBackend(1), /TensorFlow is not set up .*npm run setup/);
    } finally {
      rmSync(directory, {recursive: true});
    }
  });

  it('computes with TensorFlow’s own kernels, on the threads asked for', async () => {
    const {tf, device, native} = await openBackend(1);
    assert.equal(tf.getBackend(), 'tensorflow');
    assert.ok(device.length > 0);
    assert.deepEqual([process.env['TF_NUM_INTRAOP_THREADS'], process.env['TF_NUM_INTEROP_THREADS']], ['1', '1']);
    const [sum] = native('AddV2', [{name: 'T', kind: 'type', value: 'float32'}], [tf.scalar(1), tf.scalar(2)], 1);
    assert.deepEqual([...(sum?.dataSync() ?? [])], [3]);
  });
});
