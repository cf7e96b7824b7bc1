import {readMounted} from '../../trial-runner/data/mounts.ts';
import type {Mounts} from '../../trial-runner/data/mounts.ts';
import {listPictures} from '../../trial-runner/data/pictures.ts';
import type {Decoder, Picture, PictureFile, PictureFolder} from '../../trial-runner/data/pictures.ts';
import {sensibleSize, spread} from '../../trial-runner/data/sources/image-folder.ts';
import {CliError} from '../output.ts';
import {claim, classesText, counted, some} from './findings.ts';
import type {ClassCount, Findings, Remark} from './findings.ts';
import type {DataFile} from './source.ts';

/** Opening one takes milliseconds; of more pictures so many are looked at, evenly spread. */
const mostOpened = 2000;

/** What is seen of larger ones in a first search of minutes on two cores. */
const largestSide = 32;

type Look = Pick<Picture, 'size' | 'channels'>;

/** Looks at a folder of pictures with one sub-folder per class. Throws a CliError that names what cannot be opened. */
export function inspectPictures({folder}: DataFile, target: string | undefined, decoder: Decoder): Findings {
  if (target !== undefined)
    throw new CliError(
      `--target ${target} names a column or an array, and ${folder} holds pictures`,
      'leave it out: the classes are the sub-folders',
    );
  const volume = {claim, path: '.'};
  const mounts = {[claim]: folder};
  const found = listPictures(mounts, volume);
  const opened = spread(found.files, mostOpened);
  const looks = look(opened, {mounts, decoder, folder});
  const size = [
    ...sensibleSize(
      looks.map((picture) => picture.size),
      largestSide,
    ),
  ];
  const classes = classesOf(found);
  return {
    task: 'ImageClassification',
    examples: found.files.length,
    dataset: {imageFolder: {volume, size}},
    classes,
    remarks: [
      {subject: 'pictures', text: picturesText(found, looks)},
      {subject: 'target', text: classesText(classes)},
      {subject: 'size', text: `every picture is resized to ${size.join(' × ')}: more show more, and take longer`},
      ...unopened(found.files.length, opened.length),
    ],
  };
}

interface Place {
  readonly mounts: Mounts;
  readonly decoder: Decoder;
  readonly folder: string;
}

function look(files: readonly PictureFile[], {mounts, decoder, folder}: Place): readonly Look[] {
  const broken: string[] = [];
  const looks = files.flatMap(({path}) => {
    const bytes = readMounted(mounts, {claim, path});
    try {
      return [decoder.measure(bytes)];
    } catch (error) {
      broken.push(`${path} (${error instanceof Error ? error.message : String(error)})`);
      return [];
    }
  });
  if (broken.length > 0)
    throw new CliError(
      `${folder} holds ${counted(broken.length, 'picture')} that cannot be read: ${some(broken)}`,
      'save them again, or remove them',
    );
  return looks;
}

/** The largest first. */
const classesOf = ({classes, files}: PictureFolder): ClassCount[] => {
  const counts = classes.map(() => 0);
  for (const {label} of files) counts[label] = (counts[label] ?? 0) + 1;
  return classes.map((name, label) => ({name, count: counts[label] ?? 0})).sort((a, b) => b.count - a.count);
};

function picturesText({files}: PictureFolder, looks: readonly Look[]): string {
  const byArea = looks.map(({size}) => size).sort((a, b) => a[0] * a[1] - b[0] * b[1]);
  const [smallest, largest] = [byArea[0] ?? [], byArea.at(-1) ?? []].map((size) => size.join(' × '));
  const sizes = smallest === largest ? `of ${smallest ?? ''}` : `from ${smallest ?? ''} to ${largest ?? ''}`;
  const color = looks.filter(({channels}) => channels === 3).length;
  const colors =
    color === looks.length ? 'in color' : color === 0 ? 'gray' : `${percentOf(color, looks.length)} in color`;
  return `${counted(files.length, 'picture')} ${sizes} (height × width), ${colors}`;
}

const percentOf = (count: number, all: number): string => `${((count / all) * 100).toFixed(0)}%`;

const unopened = (all: number, opened: number): readonly Remark[] =>
  opened === all
    ? []
    : [
        {
          subject: 'not opened',
          text: `${counted(all - opened, 'picture')}; one that is broken ends the trials that use it`,
        },
      ];
