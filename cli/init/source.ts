import {existsSync, readFileSync, readdirSync, statSync} from 'node:fs';
import {basename, dirname, extname, join, relative} from 'node:path';
import {CliError} from '../output.ts';

/** A file of data, or a folder of pictures, and the folder that stands for its volume. */
export interface DataFile {
  readonly kind: 'csv' | 'npz' | 'imageFolder';
  readonly folder: string;
  /** Inside the folder; `.` is the folder itself. */
  readonly file: string;
}

const kinds: Readonly<Record<string, DataFile['kind']>> = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.npz': 'npz',
};
const known = '.csv, .tsv, .txt or .npz';
const pictures = new Set(['.png', '.jpg', '.jpeg', '.gif', '.bmp', '.webp', '.tif', '.tiff']);

/** The data at a path: the file itself, the one file of data in a folder, or a folder of pictures. Throws a CliError for anything else. */
export function dataAt(path: string): DataFile {
  if (!existsSync(path))
    throw new CliError(
      `${path} does not exist`,
      'give a CSV or .npz file, or a folder with one, or a folder of pictures',
    );
  if (statSync(path).isDirectory()) return inFolder(path);
  const kind = kinds[extname(path).toLowerCase()];
  if (kind === undefined) throw new CliError(`${path} is no data that is known`, `give a file that ends in ${known}`);
  return {kind, folder: shown(dirname(path)), file: basename(path)};
}

function inFolder(folder: string): DataFile {
  const names = readdirSync(folder, {recursive: true, encoding: 'utf8'});
  const files = names.filter((name) => kinds[extname(name).toLowerCase()] !== undefined);
  const images = names.filter((name) => pictures.has(extname(name).toLowerCase()));
  // A note or a list of labels beside many pictures is not the data.
  if (images.length > files.length) return {kind: 'imageFolder', folder: shown(folder), file: '.'};
  const [file, ...others] = files;
  if (file !== undefined && others.length === 0)
    return {kind: kinds[extname(file).toLowerCase()] ?? 'csv', folder: shown(folder), file};
  if (file !== undefined)
    throw new CliError(`${folder} holds several files of data (${listed(files)})`, 'give one of them');
  throw new CliError(
    `${folder} holds no file of data (${listed(names)})`,
    `put one there that ends in ${known}, or pictures in one sub-folder per class`,
  );
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'it is empty' : names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');

/** As a person would write it on the command line. */
function shown(folder: string): string {
  const path = relative(process.cwd(), folder);
  if (path === '') return '.';
  return path.startsWith('..') ? folder : `./${path}`;
}

export function bytesOf({folder, file}: DataFile): Uint8Array {
  const path = join(folder, file);
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`${path} cannot be read (${reason})`, 'give a file that you may read', {cause});
  }
}
