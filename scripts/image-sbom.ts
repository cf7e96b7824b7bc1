import {execFileSync} from 'node:child_process';
import {lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync} from 'node:fs';
import {basename, join} from 'node:path';

// image-sbom.ts operator|trial-runner FOLDER: what an image holds, as CycloneDX 1.5 on stdout: the npm packages as package-lock.json has them,
// and each file of the system's layer and of TensorFlow under the package that it comes from. image-layers.sh calls it with the folders that it made.
// The same folders give the same list: no time and no random number is in it.

interface Component {
  readonly 'bom-ref': string;
  readonly type: 'library' | 'application' | 'file';
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly {readonly expression: string}[];
  readonly hashes?: readonly {readonly alg: string; readonly content: string}[] | undefined;
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

interface LockedPackage {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

function hashesOf(integrity = ''): Component['hashes'] {
  const [algorithm, digest = ''] = integrity.split('-');
  return algorithm === 'sha512'
    ? [{alg: 'SHA-512', content: Buffer.from(digest, 'base64').toString('hex')}]
    : undefined;
}

/** The npm packages that lie in the image, and which of them each needs. */
function npmPackages(root: string): {
  readonly components: readonly Component[];
  readonly dependencies: readonly Dependency[];
} {
  const locked = (JSON.parse(readFileSync('package-lock.json', 'utf8')) as {packages: Record<string, LockedPackage>})
    .packages;
  const places = filesOf(join(folder, 'packages')).flatMap(
    (path) => /^\/app\/(.*node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1] ?? [],
  );
  const nameOf = (place: string): string => place.replace(/^.*node_modules\//, '');
  const purlOf = (place: string): string => {
    const version = locked[place]?.version;
    if (version === undefined) throw new Error(`${place} is in the image, but not in package-lock.json: run npm ci`);
    return `pkg:npm/${nameOf(place).replace('@', '%40')}@${version}`;
  };
  const byPurl = Map.groupBy(places, purlOf);
  const components = [...byPurl].map(([purl, at]): Component => {
    const [place = ''] = at;
    const {version, license} = locked[place] ?? {};
    return {
      'bom-ref': purl,
      type: 'library',
      name: nameOf(place),
      version: version ?? '',
      purl,
      ...(license !== undefined && {licenses: [{expression: license}]}),
      hashes: hashesOf(locked[place]?.integrity),
      ...occurrences(at.map((there) => `/app/${there}/package.json`)),
    };
  });
  /** Where Node finds a package of this name from a place: beside it, or further up. */
  const found = (name: string, place: string): string | undefined => {
    for (let from = place; ; from = from.replace(/\/?(node_modules\/)?(@[^/]+\/)?[^/]+$/, '')) {
      const there = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
      if (places.includes(there)) return purlOf(there);
      if (from === '') return undefined;
    }
  };
  const neededAt = (place: string): readonly string[] => {
    const {dependencies, optionalDependencies, peerDependencies} = locked[place] ?? {};
    const names = Object.keys({...dependencies, ...optionalDependencies, ...peerDependencies});
    return [...new Set(names.flatMap((name) => found(name, place) ?? []))].sort();
  };
  const dependencies = [...byPurl].map(([ref, at]) => ({ref, dependsOn: neededAt(at[0] ?? '')}));
  return {components, dependencies: [{ref: root, dependsOn: neededAt('')}, ...dependencies]};
}

const {version} = JSON.parse(readFileSync('package.json', 'utf8')) as {readonly version: string};
const root = `pkg:oci/${image}@${version}`;
const {components, dependencies} = npmPackages(root);
const document = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  version: 1,
  metadata: {component: {'bom-ref': root, type: 'container', name: `archsearch/${image}`, version}},
  components: [...components, ...system(), ...(image === 'trial-runner' ? wheels() : [])],
  dependencies,
};
process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
