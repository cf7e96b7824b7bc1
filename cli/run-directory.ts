import {existsSync, mkdirSync, readdirSync, renameSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {DirectoryInUse} from '../operator/local/directory.ts';
import type {RunDirectory} from '../operator/local/directory.ts';
import type {Output} from './output.ts';
import {CliError} from './output.ts';

/** Takes the directory for a run; throws a CliError when it is in use, holds something else, or cannot be written. */
export function openDirectory(directory: RunDirectory): void {
  try {
    checkForeign(directory);
    mkdirSync(dirname(directory.path), {recursive: true});
    directory.open();
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (error instanceof DirectoryInUse)
      throw new CliError(error.message, 'wait for it, end it, or give another --directory', {cause: error});
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(
      `${directory.path} cannot be used as a run directory (${reason})`,
      'give --directory a directory that you may write to',
      {cause: error},
    );
  }
}

/** What a run makes in its directory before anything else; files of others are not mixed with it. */
const firstFiles: ReadonlySet<string> = new Set(['blobs', 'lock', 'alive', 'journal.jsonl']);

function checkForeign({path}: RunDirectory): void {
  const held = existsSync(path) ? readdirSync(path) : [];
  if (held.length === 0 || held.some((name) => firstFiles.has(name))) return;
  throw new CliError(
    `${path} holds other files (${held.slice(0, 3).join(', ')}${held.length > 3 ? ', …' : ''}) and no run`,
    'give --directory a new or empty directory',
  );
}

/** An earlier run is renamed, never deleted, and not while somebody is at work in it. */
export function putAside(directory: RunDirectory, output: Output): void {
  const {path} = directory;
  if (!existsSync(path)) return;
  openDirectory(directory);
  directory.close();
  const taken = new Set(readdirSync(dirname(path)));
  let number = 1;
  while (taken.has(`${basename(path)}.${String(number)}`)) number += 1;
  const aside = `${path}.${String(number)}`;
  renameSync(path, aside);
  output.log(`the earlier run is now in ${aside}`);
}
