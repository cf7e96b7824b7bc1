import {execFile} from 'node:child_process';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {images} from '../cluster.ts';

/** What of a CycloneDX document the tests read. */
export interface Bill {
  readonly components: readonly {
    readonly purl?: string;
    readonly evidence?: {readonly occurrences: readonly {readonly location: string}[]};
  }[];
}

const run = promisify(execFile);

/** Of the OCI's image specification, as far as the tests read it. */
export interface Configuration extends Readonly<Record<string, unknown>> {
  readonly Labels: Readonly<Record<string, string>>;
}

/** An archive of an image, as `docker save` makes it. */
export class ImageArchive {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The one that the cluster's nodes got, as scripts/image-build.sh made it. */
  static of(image: string): ImageArchive {
    const files = readdirSync(images).filter(
      (name) => name.startsWith(`archsearch-${image}-`) && name.endsWith('.tar'),
    );
    if (files.length !== 1)
      throw new Error(`there must be one archive of ${image} in ${images}, found: ${files.join(', ')}`);
    return new ImageArchive(join(images, files.join()));
  }

  async #member(name: string): Promise<unknown> {
    const {stdout} = await run('tar', ['-xOf', this.#path, '--wildcards', `*${name}`]);
    return JSON.parse(stdout);
  }

  async #manifest(): Promise<{readonly Config: string; readonly Layers: readonly string[]}> {
    const [manifest] = (await this.#member('manifest.json')) as [
      {readonly Config: string; readonly Layers: readonly string[]},
    ];
    return manifest;
  }

  async configuration(): Promise<Configuration> {
    const {config} = (await this.#member((await this.#manifest()).Config)) as {readonly config: Configuration};
    return config;
  }

  /** What a shell command prints that reads each layer's tar, one after the other. */
  async #ofLayers(command: string): Promise<readonly string[]> {
    const printed: string[] = [];
    for (const layer of (await this.#manifest()).Layers) {
      const script = `set -o pipefail; tar -xOf "$0" --wildcards "*$1" | ${command}`;
      const {stdout} = await run('bash', ['-c', script, this.#path, layer], {maxBuffer: 1 << 28});
      printed.push(stdout);
    }
    return printed;
  }

  /** Bytes of all layers as a registry keeps them at most: packed fast, so not as small as they may be. */
  async compressed(): Promise<number> {
    const sizes = await this.#ofLayers('gzip -1 | wc -c');
    return sizes.reduce((sum, size) => sum + Number(size), 0);
  }

  /** Paths of all that it holds but folders. */
  async files(): Promise<readonly string[]> {
    const listed = await this.#ofLayers('tar -t');
    return listed
      .flatMap((text) => text.split('\n'))
      .filter((path) => path !== '' && !path.endsWith('/'))
      .map(absolute);
  }

  /** The list of what it holds, which it carries. */
  async bill(): Promise<Bill> {
    const path = '/usr/share/sbom/archsearch.cdx.json';
    return JSON.parse((await this.texts(`.${path}`)).get(path) ?? '') as Bill;
  }

  /** Paths and texts of the files whose path fits a pattern of the shell. */
  async texts(pattern: string): Promise<ReadonlyMap<string, string>> {
    const each = String.raw`printf "%s\0" "$TAR_FILENAME"; cat; printf "\0"`;
    const found = await this.#ofLayers(
      `{ tar -x --wildcards --to-command='${each}' '${pattern}' 2>/dev/null || true; }`,
    );
    const parts = found.flatMap((text) => text.split('\0').slice(0, -1));
    return new Map(parts.flatMap((part, n) => (n % 2 === 0 ? [[absolute(part), parts[n + 1] ?? '']] : [])));
  }
}

/** Some builders name a file `./app/…` in a layer, others `app/…`. */
const absolute = (path: string): string => path.replace(/^(\.\/)?/, '/');
