import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {ApiAnswer, ApiRequest, WatchLine} from '../../operator/kubernetes.ts';
import {ApiRefusal} from '../../operator/ports.ts';
import type {Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, Refusal} from '../../operator/ports.ts';

/** The HTTP side of the API server's twin: what the operator's own client, reflectors and mirror speak to in the simulated world. */

const kinds = ['ArchitectureSearch', 'Trial', 'GpuLedger', 'Pod'] as const satisfies readonly Kind[];
const plurals: Readonly<Record<Kind, string>> = {
  ArchitectureSearch: 'architecturesearches',
  Trial: 'trials',
  GpuLedger: 'gpuledgers',
  Pod: 'pods',
};
const codes: Readonly<Record<Refusal, number>> = {
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Invalid: 422,
  Forbidden: 403,
  Gone: 410,
};
const types = {Added: 'ADDED', Modified: 'MODIFIED', Deleted: 'DELETED'} as const;

interface Logged {
  readonly version: number;
  readonly line: WatchLine;
}

interface Place {
  readonly kind: Kind;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly part: string | undefined;
}

/** `/apis/archsearch.dev/v1alpha1/namespaces/team/trials/search-c1/status` and the like. */
export function placeOf(path: string): Place {
  const steps = path.split('/').slice(path.startsWith('/apis/') ? 4 : 3);
  const [namespace, rest] = steps[0] === 'namespaces' ? [steps[1], steps.slice(2)] : [undefined, steps];
  const [plural, name, part] = rest;
  const kind = kinds.find((one) => plurals[one] === plural);
  if (kind === undefined) throw new Error(`nothing is served at ${path}`);
  return {kind, namespace, name, part};
}

export class HttpTwin {
  readonly #server: KubernetesApi;
  readonly #version: () => number;
  readonly #logs: Readonly<Record<Kind, Logged[]>> = {ArchitectureSearch: [], Trial: [], GpuLedger: [], Pod: []};
  readonly #pageSize: number;
  /** Lists that are being read, as they were when their first page was. */
  readonly #lists = new Map<string, {readonly left: readonly KubernetesObject[]; readonly version: number}>();
  #tokens = 0;

  /** `version` is the newest resourceVersion; a page of a list holds `pageSize` objects at most. */
  constructor(server: KubernetesApi, version: () => number, pageSize: number) {
    this.#server = server;
    this.#version = version;
    this.#pageSize = pageSize;
    for (const kind of kinds)
      server.watch(kind, ({type, object}) => {
        this.#logs[kind].push({version: Number(object.metadata.resourceVersion), line: {type: types[type], object}});
      });
  }

  /** What a watch of this kind is still to hear of after a version. */
  after(kind: Kind, version: number): readonly Logged[] {
    const log = this.#logs[kind];
    const first = log.findLastIndex((logged) => logged.version <= version) + 1;
    return log.slice(first);
  }

  get version(): number {
    return this.#version();
  }

  async request(request: ApiRequest): Promise<ApiAnswer> {
    try {
      return await this.#handlers[request.method](placeOf(request.path), request);
    } catch (error) {
      if (!(error instanceof ApiRefusal)) throw error;
      const {refusal: reason, message} = error;
      return {status: codes[reason], body: {kind: 'Status', reason, message}};
    }
  }

  readonly #handlers: Readonly<
    Record<ApiRequest['method'], (place: Place, request: ApiRequest) => Promise<ApiAnswer>>
  > = {
    GET: async (place, {query = {}}) => {
      if (place.name === undefined) return this.#list(place, query);
      const found = await this.#server.get(place.kind, keyOf(place));
      if (found === undefined) throw new ApiRefusal('NotFound', `${place.kind} ${place.name} not found`);
      return ok(found);
    },
    POST: async ({kind}, {body, query = {}}) => {
      const object = body as Kinds[Kind];
      if (query['dryRun'] === undefined) return ok(await this.#server.create(kind, object), 201);
      await this.#server.dryRun(kind, object);
      return ok(object, 201);
    },
    PUT: async ({kind}, {body}) => ok(await this.#server.update(kind, body as Stored<Kinds[Kind]>)),
    PATCH: async (place, {body}) => {
      const {precondition, patch} = preconditioned(body as MergePatch);
      if (place.part === undefined) return ok(await this.#server.patch(place.kind, keyOf(place), patch, precondition));
      const status = (patch['status'] ?? {}) as MergePatch;
      return ok(await this.#server.patchStatus(place.kind, keyOf(place), status, precondition));
    },
    DELETE: async (place, {body}) => {
      const key = keyOf(place);
      const before = await this.#server.get(place.kind, key);
      if (before === undefined) throw new ApiRefusal('NotFound', `${place.kind} ${key.name} not found`);
      await this.#server.delete(place.kind, key, (body as {preconditions?: Precondition}).preconditions);
      return ok((await this.#server.get(place.kind, key)) ?? {kind: 'Status', status: 'Success'});
    },
  };

  /** The pages of a list are of one version, whatever is written while they are read. */
  async #list({kind, namespace}: Place, {continue: token = ''}: Readonly<Record<string, string>>): Promise<ApiAnswer> {
    const begun = this.#lists.get(token);
    const version = begun?.version ?? this.#version();
    const all = begun?.left ?? (await this.#server.list(kind, namespace));
    this.#lists.delete(token);
    const left = all.slice(this.#pageSize);
    const next = left.length === 0 ? undefined : `page-${String(++this.#tokens)}`;
    if (next !== undefined) this.#lists.set(next, {left, version});
    const metadata = {resourceVersion: String(version), ...(next !== undefined && {continue: next})};
    return ok({metadata, items: all.slice(0, this.#pageSize)});
  }
}

const ok = (body: unknown, status = 200): ApiAnswer => ({status, body});
const keyOf = ({namespace = '', name = ''}: Place): Key => ({namespace, name});

/** A patch names what it presupposes among its metadata. */
function preconditioned({metadata, ...rest}: MergePatch): {precondition: Precondition; patch: MergePatch} {
  const {uid, resourceVersion, ...parts} = (metadata ?? {}) as Precondition & MergePatch;
  return {
    precondition: {...(uid && {uid}), ...(resourceVersion && {resourceVersion})},
    patch: {...rest, ...(Object.keys(parts).length > 0 && {metadata: parts})},
  };
}
