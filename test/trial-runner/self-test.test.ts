import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, describe, test} from 'node:test';
import {unloadable} from '../../trial-runner/loading.ts';

test('the self-test of the images passes with the TensorFlow that is set up', () => {
  const script = join(import.meta.dirname, '../../trial-runner/self-test.ts');
  const {status, stdout, stderr} = spawnSync('node', [script], {encoding: 'utf8'});
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^TensorFlow multiplies on .+; \d+ libraries for GPUs load\n$/);
});

describe('a library', () => {
  const folder = mkdtempSync(join(tmpdir(), 'archsearch-libraries-'));
  after(() => {
    rmSync(folder, {recursive: true});
  });

  /** A shared library that needs the one of this soname, which is gone once it was linked. */
  function needing(soname: string): string {
    const [needed, library] = [join(folder, soname), join(folder, `needs-${soname}`)];
    execFileSync('g++', ['-shared', '-x', 'c++', '/dev/null', `-Wl,-soname,${soname}`, '-o', needed]);
    execFileSync('g++', [
      '-shared',
      '-Wl,--no-as-needed',
      '-x',
      'c++',
      '/dev/null',
      '-x',
      'none',
      needed,
      '-o',
      library,
    ]);
    rmSync(needed);
    return library;
  }

  test('that loads is not told', () => {
    const library = join(folder, 'whole.so');
    execFileSync('g++', ['-shared', '-x', 'c++', '/dev/null', '-o', library]);
    assert.deepEqual(unloadable([library]), []);
  });

  for (const driver of ['libcuda.so.1', 'libnvidia-ml.so.1']) {
    test(`that misses only the driver’s ${driver} is not told: it comes with the machine`, () => {
      assert.deepEqual(unloadable([needing(driver)]), []);
    });
  }

  test('that misses another is told with its name', () => {
    const library = needing('libz.so.99');
    assert.deepEqual(unloadable([library]), [
      `${library}: libz.so.99: cannot open shared object file: No such file or directory`,
    ]);
  });

  test('that is no library is told', () => {
    const file = join(folder, 'text.so');
    writeFileSync(file, 'text\n'.repeat(20));
    assert.match(unloadable([file]).join(), /text\.so: .*invalid ELF header/);
  });
});
