import {execFileSync} from 'node:child_process';
import {lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync} from 'node:fs';
import {basename, join} from 'node:path';

// image-sbom.ts operator|trial-runner FOLDER: what an image holds, as CycloneDX 1.5 on stdout: the npm packages as npm lists them, and each
// file of the system's layer and of TensorFlow under the package that it comes from. image-layers.sh calls it with the folders that it made.
// The same folders give the same list: no time and no random number is in it.

interface Component {
  readonly 'bom-ref': string;
  readonly type: 'library' | 'application' | 'file';
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly evidence?: {readonly occurrences: readonly {readonly location: string}[]};
  readonly components?: readonly Component[];
}

const [image = '', folder = ''] = process.argv.slice(2);
const tensorflow = 'node_modules/@tensorflow/tfjs-node-gpu/deps';

const run = (program: string, ...args: readonly string[]): string =>
  execFileSync(program, args, {encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe']});

const occurrences = (locations: readonly string[]): Pick<Component, 'evidence'> => ({
  evidence: {occurrences: [...locations].sort().map((location) => ({location}))},
});

function library(purl: string, locations: readonly string[]): Component {
  const {name = '', version = ''} = /\/(?<name>[^/@]+)@(?<version>[^?]+)/.exec(purl)?.groups ?? {};
  return {'bom-ref': purl, type: 'library', name, version, purl, ...occurrences(locations)};
}

/** Paths of all files under a folder, as they are named in the image. */
const filesOf = (root: string): readonly string[] =>
  readdirSync(root, {recursive: true, encoding: 'utf8'})
    .filter((path) => !lstatSync(join(root, path)).isDirectory())
    .map((path) => `/${path}`);

/** Node with all that is linked into it, as it says itself. */
function nodeOf(locations: readonly string[]): Component {
  const {node, ...parts} = JSON.parse(run('node', '-p', 'JSON.stringify(process.versions)')) as Record<string, string>;
  const linked = Object.entries(parts).map(([name, version]): Component => {
    const purl = `pkg:generic/${name}@${version}`;
    return {'bom-ref': `node/${purl}`, type: 'library', name, version, purl};
  });
  const purl = `pkg:generic/node@${node ?? ''}`;
  return {
    'bom-ref': purl,
    type: 'application',
    name: 'node',
    version: node ?? '',
    purl,
    ...occurrences(locations),
    components: linked,
  };
}

/** The Debian package that a file comes from; undefined on another system and for a file that no package has. */
function debianOf(file: string): string | undefined {
  // dpkg remembers where a file was put, which may be through the link /lib → /usr/lib.
  for (const path of [file, file.replace(/^\/usr/, ''), `/usr${file}`]) {
    try {
      const name = run('dpkg', '--search', path).split(': ')[0] ?? '';
      const [version, architecture] = run(
        'dpkg-query',
        '--show',
        '--showformat',
        '${Version} ${Architecture}',
        name,
      ).split(' ');
      return `pkg:deb/debian/${name.split(':')[0] ?? ''}@${version ?? ''}?arch=${architecture ?? ''}`;
    } catch {
      // the next way to write it
    }
  }
  return undefined;
}

/** What of the system's layer is not made by image-layers.sh itself. */
function system(): readonly Component[] {
  const libraries = filesOf(join(folder, 'system')).filter((path) => /\.so(\.|$)/.test(path));
  const packages = new Map<string, string[]>();
  for (const path of libraries) {
    const purl = debianOf(path) ?? debianOf(realpathSync(path)) ?? '';
    packages.set(purl, [...(packages.get(purl) ?? []), path]);
  }
  const unknown = packages.get('') ?? [];
  packages.delete('');
  return [
    nodeOf(['/usr/bin/node']),
    ...[...packages].map(([purl, paths]) => library(purl, paths)),
    ...unknown.map((path): Component => ({
      'bom-ref': path,
      type: 'file',
      name: basename(path),
      ...occurrences([path]),
    })),
  ];
}

/** The wheels that TensorFlow and CUDA's libraries came out of: the folder of the set-up carries name and version. */
function wheels(): readonly Component[] {
  const paths = filesOf(join(folder, 'packages')).filter((path) => path.startsWith(`/app/${tensorflow}/`));
  const [, name = '', version = ''] = /^(.+?)-(\d.*)$/.exec(basename(readlinkSync(tensorflow))) ?? [];
  const fromNvidia = (path: string): boolean => path.includes('/nvidia/') || path.includes('LICENSE.nvidia');
  const cuda = readFileSync('scripts/cuda-libraries.txt', 'utf8').matchAll(/^(nvidia-(\S+)-cu12)==(\S+)/gm);
  return [
    library(
      `pkg:pypi/${name}@${version}`,
      paths.filter((path) => !fromNvidia(path)),
    ),
    ...[...cuda].flatMap(([, wheel = '', part = '', at = '']) => {
      const folderOf = `/nvidia/${part.replaceAll('-', '_')}/`;
      const own = paths.filter(
        (path) => path.includes(folderOf) || path.endsWith(`LICENSE.${wheel.replaceAll('-', '_')}`),
      );
      return own.length === 0 ? [] : [library(`pkg:pypi/${wheel}@${at}`, own)];
    }),
  ];
}

interface Bill {
  readonly serialNumber: string;
  readonly metadata: {readonly timestamp: string; readonly component: object};
  readonly components: readonly Component[];
  readonly dependencies: readonly {readonly ref: string; readonly dependsOn: readonly string[]}[];
}

/** Names with versions of the npm packages that lie in the image, as npm refers to them. */
function installed(): ReadonlySet<string> {
  const manifests = filesOf(join(folder, 'packages')).filter((path) =>
    /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(path),
  );
  const refs = manifests.map((path) => {
    const {name, version} = JSON.parse(readFileSync(join(folder, 'packages', path), 'utf8')) as Record<string, string>;
    return `${name ?? ''}@${version ?? ''}`;
  });
  return new Set(refs);
}

// Without --omit=dev, which leaves out what a development package shares with the others.
const {serialNumber: _random, metadata, ...bill} = JSON.parse(run('npm', 'sbom', '--sbom-format=cyclonedx')) as Bill;
const there = installed();
const packages = bill.components.filter((component) => there.has(component['bom-ref']));
const unlisted = [...there].filter((ref) => packages.every((component) => component['bom-ref'] !== ref));
if (unlisted.length > 0) throw new Error(`in the image, and unknown to npm: ${unlisted.join(', ')}`);

const {timestamp: _now, ...how} = metadata;
const own = 'archsearch@';
const dependencies = bill.dependencies
  .filter(({ref}) => there.has(ref) || ref.startsWith(own))
  .map(({ref, dependsOn}) => ({ref, dependsOn: dependsOn.filter((other) => there.has(other))}));
const components = [...packages, ...system(), ...(image === 'trial-runner' ? wheels() : [])];
const component = {...metadata.component, type: 'container', name: `archsearch/${image}`};
process.stdout.write(
  `${JSON.stringify({...bill, metadata: {...how, component}, components, dependencies}, null, 1)}\n`,
);
