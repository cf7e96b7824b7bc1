import {TrialFailure} from '../failure.ts';
import {listMounted, type Entry, type Mounts, type VolumePath} from './mounts.ts';

export type PictureSize = readonly [height: number, width: number];

/** A picture as it was, and its pixels at the size that was asked for. */
export interface Picture {
  /** Of the file, in pixels. */
  readonly size: PictureSize;
  /** Gray or color; transparency is dropped. */
  readonly channels: 1 | 3;
  /** [height, width, channels] of the size asked for, row-major. */
  readonly pixels: Uint8ClampedArray;
}

/** What turns the bytes of a file into pixels. Both throw an Error that says what is wrong with them. */
export interface Decoder {
  readonly measure: (bytes: Uint8Array) => Pick<Picture, 'size' | 'channels'>;
  /** Resized bilinearly, whatever that does to its proportions. */
  readonly decode: (bytes: Uint8Array, size: PictureSize) => Picture;
}

/** One file of a folder of classes. */
export interface PictureFile {
  /** Inside the volume. */
  readonly path: string;
  /** The number of its class. */
  readonly label: number;
}

export interface PictureFolder {
  /** How messages call it: claim and path. */
  readonly name: string;
  /** Names of the sub-folders, in the order of code units. */
  readonly classes: readonly string[];
  /** By class, then by name. */
  readonly files: readonly PictureFile[];
}

const extensions = ['.png', '.jpg', '.jpeg', '.bmp', '.gif'];
const isPicture = ({name, folder}: Entry): boolean =>
  !folder && extensions.some((extension) => name.toLowerCase().endsWith(extension));

/** Left by file managers, archives and file systems; nobody means them as data. Hidden files are not either. */
const debris = new Set(['Thumbs.db', 'desktop.ini', '__MACOSX', 'lost+found']);
const isMeant = ({name}: Entry): boolean => !name.startsWith('.') && !debris.has(name);

/**
 * The pictures of a folder with one sub-folder per class; none is opened.
 *
 * @throws TrialFailure `MissingFile`, or `BadData` that names the file or the class that does not fit.
 */
export function listPictures(mounts: Mounts, volume: VolumePath): PictureFolder {
  const name = nameOf(volume);
  const entries = listMounted(mounts, volume).filter(isMeant);
  const stray = entries.find(({folder}) => !folder);
  if (stray !== undefined)
    throw bad(
      `${name}/${stray.name} lies beside the folders of the classes; move a picture into the folder of its class, and anything else away`,
    );
  const classes = entries.map((entry) => entry.name);
  if (classes.length < 2)
    throw bad(
      `${name} has ${classes.length === 0 ? 'no sub-folder' : `one sub-folder, ${classes[0] ?? ''}`}; give one for each of two or more classes`,
    );
  const files = classes.flatMap((of, label) =>
    picturesOf(mounts, {...volume, path: join(volume.path, of)}).map((path): PictureFile => ({path, label})),
  );
  return {name, classes, files};
}

function picturesOf(mounts: Mounts, volume: VolumePath): readonly string[] {
  const entries = listMounted(mounts, volume).filter(isMeant);
  const other = entries.find((entry) => !isPicture(entry));
  if (other !== undefined)
    throw bad(
      `${nameOf(volume)}/${other.name} is ${other.folder ? 'a folder inside the folder of a class' : `no ${extensions.join(', ')}`}; ${other.folder ? 'put the pictures of a class directly into its folder' : 'convert it or move it away'}`,
    );
  if (entries.length === 0) throw bad(`class ${nameOf(volume)} holds no picture; add some or remove the folder`);
  return entries.map(({name}) => join(volume.path, name));
}

/** `claim/path`, without the `.` of a whole volume. */
export const nameOf = ({claim, path}: VolumePath): string => join(claim, path).replace(/\/$/, '');

/** Paths inside a volume are POSIX paths. */
const join = (...parts: readonly string[]): string => {
  const names = parts.flatMap((part) => part.split('/')).filter((part) => part !== '' && part !== '.');
  return names.length === 0 ? '.' : names.join('/');
};

const bad = (message: string): TrialFailure => new TrialFailure('BadData', message);
