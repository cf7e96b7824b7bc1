import {existsSync, readFileSync, realpathSync} from 'node:fs';
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
  return read(file, volume);
}

function read(file: string, volume: VolumePath): Uint8Array {
  try {
    return readFileSync(file);
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
  return relative !== '' && !relative.startsWith(`..${path.sep}`) && relative !== '..' && !path.isAbsolute(relative);
}
