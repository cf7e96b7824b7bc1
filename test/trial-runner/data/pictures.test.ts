import assert from 'node:assert/strict';
import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {after, test} from 'node:test';
import {TrialFailure} from '../../../trial-runner/failure.ts';
import {listPictures, nameOf} from '../../../trial-runner/data/pictures.ts';

const root = mkdtempSync(join(tmpdir(), 'archsearch-pictures-'));
after(() => {
  rmSync(root, {recursive: true, force: true});
});

/** A volume with these files (a name that ends in a slash is a folder) and links. */
function volume(files: readonly string[], links: Readonly<Record<string, string>> = {}): string {
  const place = mkdtempSync(join(root, 'volume-'));
  for (const file of files) {
    mkdirSync(join(place, file.endsWith('/') ? file : dirname(file)), {recursive: true});
    if (!file.endsWith('/')) writeFileSync(join(place, file), file);
  }
  for (const [name, to] of Object.entries(links)) symlinkSync(to, join(place, name));
  return place;
}

test('classes and pictures come in the order of their names, whatever else file managers left', () => {
  const files = ['p/b/2.PNG', 'p/b/10.jpeg', 'p/b/.hidden', 'p/B/x.gif', 'p/a/1.jpg', 'p/a/Thumbs.db', 'p/a/0.bmp'];
  const place = volume([...files, 'p/.git/config', 'p/lost+found/', 'p/desktop.ini']);
  const {name, classes, files: found} = listPictures({data: place}, {claim: 'data', path: 'p/'});
  assert.equal(name, 'data/p');
  assert.deepEqual(classes, ['B', 'a', 'b']);
  assert.deepEqual(
    found.map(({path, label}) => `${String(label)} ${path}`),
    ['0 p/B/x.gif', '1 p/a/0.bmp', '1 p/a/1.jpg', '2 p/b/10.jpeg', '2 p/b/2.PNG'],
  );
});

test('the folder may be the volume itself, and links inside the volume are followed', () => {
  const place = volume(['a/1.png', 'b/1.png'], {c: 'a', 'b/2.png': '../a/1.png'});
  const {name, files} = listPictures({data: place}, {claim: 'data', path: '.'});
  assert.equal(name, 'data');
  assert.deepEqual(
    files.map(({path}) => path),
    ['a/1.png', 'b/1.png', 'b/2.png', 'c/1.png'],
  );
});

interface Refused {
  readonly what: string;
  readonly files: readonly string[];
  readonly links?: Readonly<Record<string, string>>;
  readonly path?: string;
  readonly reason?: string;
  readonly message: RegExp;
}

const refusals: readonly Refused[] = [
  {
    what: 'a file beside the folders of the classes',
    files: ['a/1.png', 'b/1.png', 'labels.csv'],
    message: /^data\/labels\.csv lies beside the folders of the classes; move/,
  },
  {what: 'a single class', files: ['a/1.png'], message: /^data has one sub-folder, a; give one for each of two/},
  {what: 'no class', files: [], message: /^data has no sub-folder; give one for each/},
  {what: 'a class with no picture', files: ['a/1.png', 'b/'], message: /^class data\/b holds no picture; add some/},
  {
    what: 'a picture of another format',
    files: ['a/1.png', 'b/1.webp'],
    message: /^data\/b\/1\.webp is no \.png, .*; convert it or move it away/,
  },
  {
    what: 'a folder inside a class',
    files: ['a/1.png', 'b/c/1.png'],
    message: /^data\/b\/c is a folder inside the folder of a class; put the pictures/,
  },
  {
    what: 'a picture that is a link out of the volume',
    files: ['a/1.png', 'b/1.png'],
    links: {'a/2.png': '/etc/hostname'},
    reason: 'MissingFile',
    message: /^path a\/2\.png leaves volume claim data/,
  },
  {
    what: 'a class that is a link out of the volume',
    files: ['a/1.png', 'b/1.png'],
    links: {c: '/etc'},
    reason: 'MissingFile',
    message: /^path c leaves volume claim data/,
  },
  {
    what: 'a link that leads nowhere',
    files: ['a/1.png', 'b/1.png'],
    links: {'a/2.png': 'gone.png'},
    reason: 'MissingFile',
    message: /^no file a\/2\.png in volume claim data/,
  },
  {
    what: 'a path that leaves the volume',
    files: ['a/1.png'],
    path: '../',
    reason: 'MissingFile',
    message: /^path \.\.\/ leaves volume claim data/,
  },
  {
    what: 'a folder that is not there',
    files: ['a/1.png'],
    path: 'pets',
    reason: 'MissingFile',
    message: /^no file pets in volume claim data/,
  },
  {
    what: 'a file in the place of the folder',
    files: ['a/1.png'],
    path: 'a/1.png',
    reason: 'MissingFile',
    message: /^a\/1\.png in volume claim data is a file; give a folder/,
  },
];

for (const {what, files, links, path = '.', reason = 'BadData', message} of refusals)
  test(`${what} is refused by name`, () => {
    assert.throws(
      () => listPictures({data: volume(files, links)}, {claim: 'data', path}),
      (error) => error instanceof TrialFailure && error.reason === reason && message.test(error.message),
    );
  });

for (const [path, name] of [
  ['.', 'data'],
  ['pets', 'data/pets'],
  ['./pets//cats/', 'data/pets/cats'],
] as const)
  test(`${path} on claim data is called ${name}`, () => {
    assert.equal(nameOf({claim: 'data', path}), name);
  });
