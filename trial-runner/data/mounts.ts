import {existsSync, readFileSync, readdirSync, realpathSync, statSync} from 'node:fs';
import path from 'node:path';
import {z} from 'zod';
import {TrialFailure} from '../failure.ts';

/** Claim → directory where its volume is mounted. */
export type Mounts = Readonly<Record<string, string>>;

export interface VolumePath {
  readonly claim: string;
  readonly path: string;
}

/** Reads the JSON object of the environment variable; absent means that nothing is mounted. */
export function parseMounts(text: string | undefined): Mounts {
  if (text === undefined || text === '') return {};
  const parsed = z.record(z.string(), z.string()).safeParse(json(text));
  if (!parsed.success)
    throw new TrialFailure(
      'RunnerError',
      `the mounts must be a JSON object of claim → directory, found ${text.slice(0, 100)}`,
    );
  return parsed.data;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bytes of a file on a volume. The path must stay inside the mount, symbolic links included. */
export function readMounted(mounts: Mounts, volume: VolumePath): Uint8Array {
  const file = locate(mounts, volume);
  if (file === path.resolve(mounts[volume.claim] ?? '')) throw escapes(volume);
  return attempt(volume, (from) => readFileSync(from), file);
}

export interface Entry {
  readonly name: string;
  readonly folder: boolean;
}

/**
 * What a folder on a volume holds, by name in the order of code units, so that no locale has a say. A link is what it leads to, and may
 * not leave the mount.
 */
export function listMounted(mounts: Mounts, volume: VolumePath): readonly Entry[] {
  const directory = locate(mounts, volume);
  if (!statSync(directory).isDirectory())
    throw new TrialFailure(
      'MissingFile',
      `${volume.path} in volume claim ${volume.claim} is a file; give a folder as dataset path`,
    );
  const entries = attempt(volume, (folder) => readdirSync(folder, {withFileTypes: true}), directory);
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => ({
      name: entry.name,
      folder: entry.isSymbolicLink() ? leadsToFolder(entry.name) : entry.isDirectory(),
    }));

  function leadsToFolder(name: string): boolean {
    return statSync(locate(mounts, {...volume, path: path.posix.join(volume.path, name)})).isDirectory();
  }
}

/** Where the file or folder is on this machine. */
function locate(mounts: Mounts, volume: VolumePath): string {
  const directory = mounts[volume.claim];
  if (directory === undefined) {
    const mounted = Object.keys(mounts).join(', ') || 'none';
    throw new TrialFailure(
      'MissingFile',
      `volume claim ${volume.claim} (for ${volume.path}) is not mounted; mounted claims: ${mounted}; give --mount ${volume.claim}=DIRECTORY`,
    );
  }
  const file = path.resolve(directory, volume.path);
  if (!inside(directory, file)) throw escapes(volume);
  if (!existsSync(file))
    throw new TrialFailure('MissingFile', `no file ${volume.path} in volume claim ${volume.claim}; check dataset path`);
  if (!inside(realpathSync(directory), realpathSync(file))) throw escapes(volume);
  return file;
}

function attempt<T>(volume: VolumePath, read: (file: string) => T, file: string): T {
  try {
    return read(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrialFailure('MissingFile', `cannot read ${volume.path} in volume claim ${volume.claim}: ${why}`, {
      cause,
    });
  }
}

const escapes = (volume: VolumePath): TrialFailure =>
  new TrialFailure(
    'MissingFile',
    `path ${volume.path} leaves volume claim ${volume.claim}; give a path inside the volume`,
  );

function inside(directory: string, file: string): boolean {
  const relative = path.relative(directory, file);
  return !relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative);
}
