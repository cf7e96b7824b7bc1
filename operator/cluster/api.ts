import {group, version} from '../../api/meta.ts';
import type {KubernetesObject, Stored} from '../../api/meta.ts';
import type {ApiAnswer, ApiRequest, ApiServerClient, WatchLine} from '../kubernetes.ts';
import {Reflector, WatchGone} from './reflector.ts';
import type {Change, Source} from './reflector.ts';
import {ApiRefusal} from '../ports.ts';
import type {Key, Kind, Kinds, KubernetesApi, MergePatch, Precondition, Refusal, WatchEvent} from '../ports.ts';

/** Who we are in managedFields. */
const fieldManager = 'archsearch';

/** Where each kind lives. */
interface Resource {
  readonly prefix: string;
  readonly plural: string;
}
const custom = (plural: string): Resource => ({prefix: `/apis/${group}/${version}`, plural});
const resources: Readonly<Record<Kind, Resource>> = {
  ArchitectureSearch: custom('architecturesearches'),
  Trial: custom('trials'),
  GpuLedger: custom('gpuledgers'),
  Pod: {prefix: '/api/v1', plural: 'pods'},
};

/** Path of a collection: of one namespace, or of all. */
const collectionPath = (kind: Kind, namespace?: string): string => {
  const {prefix, plural} = resources[kind];
  return namespace === undefined ? `${prefix}/${plural}` : `${prefix}/namespaces/${namespace}/${plural}`;
};
const objectPath = (kind: Kind, {namespace, name}: Key): string => `${collectionPath(kind, namespace)}/${name}`;

/** A watch is renewed in order after so long, as the API server would end it anyway. */
const watchSeconds = 290;

/** Objects of one page of a list: the API server keeps the snapshot for a few minutes. */
const pageSize = 500;

/** Statuses that are answers about the object; all others are trouble on the way and worth another try. */
const refusals: Readonly<Record<number, Refusal>> = {
  400: 'Invalid',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
};

/** The API server did not do what was asked, for no fault of the request: too busy, starting, broken. */
class ApiTrouble extends Error {
  override readonly name = 'ApiTrouble';
  readonly status: number;
  readonly retryAfter: number | undefined;
  constructor({status, body, retryAfter}: ApiAnswer) {
    super(`the API server answered ${String(status)}: ${messageOf(body)}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

interface StatusObject {
  readonly message?: string;
  readonly reason?: string;
}
/** What a Status object says. */
export const messageOf = (body: unknown): string => (body as StatusObject | null)?.message ?? 'no message';

function refusalOf({status, body}: ApiAnswer): ApiRefusal | undefined {
  const alreadyExists = status === 409 && (body as StatusObject | null)?.reason === 'AlreadyExists';
  const refusal = alreadyExists ? 'AlreadyExists' : refusals[status];
  return refusal && new ApiRefusal(refusal, messageOf(body));
}

/**
 * As the operator reads objects. managedFields are the larger half of an object, and nobody here reads them. Times that a kubelet does not
 * know, such as the end of a container that it has lost, are written as null: they are left out.
 */
function stripped<T extends KubernetesObject>(object: T): T {
  const {managedFields: _fields, ...metadata} = object.metadata as KubernetesObject['metadata'] & {
    managedFields?: unknown;
  };
  const {status} = object as T & {readonly status?: unknown};
  return object.kind === 'Pod' ? {...object, metadata, status: withoutNulls(status)} : {...object, metadata};
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}

/** `KubernetesApi` on a real API server. */
export class ClusterApi implements KubernetesApi {
  readonly #client: ApiServerClient;

  constructor(client: ApiServerClient) {
    this.#client = client;
  }

  async get<K extends Kind>(kind: K, key: Key): Promise<Stored<Kinds[K]> | undefined> {
    const answer = await this.#client.request({method: 'GET', path: objectPath(kind, key)});
    return answer.status === 404 ? undefined : this.#object<K>(answer);
  }

  async list<K extends Kind>(kind: K, namespace?: string): Promise<readonly Stored<Kinds[K]>[]> {
    const {items} = await this.listPages(kind, namespace);
    return items;
  }

  /** All pages, and the resourceVersion to watch from. An item of a list carries no kind of its own. */
  async listPages<K extends Kind>(kind: K, namespace?: string): Promise<Listed<K>> {
    const items: Stored<Kinds[K]>[] = [];
    let next = '';
    for (;;) {
      const query = {limit: String(pageSize), ...(next === '' ? {} : {continue: next})};
      const answer = await this.#client.request({method: 'GET', path: collectionPath(kind, namespace), query});
      const page = expectOk(answer) as ListBody<K>;
      items.push(...page.items.map((item) => stripped({...item, apiVersion: apiVersionOf(kind), kind})));
      next = page.metadata.continue ?? '';
      if (next === '') return {items, resourceVersion: page.metadata.resourceVersion};
    }
  }

  create<K extends Kind>(kind: K, object: Kinds[K]): Promise<Stored<Kinds[K]>> {
    const path = collectionPath(kind, object.metadata.namespace ?? 'default');
    return this.#write<K>({method: 'POST', path, body: object});
  }

  /** Would the API server take this object? Everything but storing it is done: defaults, admission, quota. */
  async dryRun<K extends Kind>(kind: K, object: Kinds[K]): Promise<void> {
    const path = collectionPath(kind, object.metadata.namespace ?? 'default');
    expectOk(await this.#client.request({method: 'POST', path, body: object, query: {dryRun: 'All', fieldManager}}));
  }

  update<K extends Kind>(kind: K, object: Stored<Kinds[K]>): Promise<Stored<Kinds[K]>> {
    const {namespace = 'default', name} = object.metadata;
    return this.#write<K>({method: 'PUT', path: objectPath(kind, {namespace, name}), body: object});
  }

  patch<K extends Kind>(
    kind: K,
    key: Key,
    patch: MergePatch,
    precondition: Precondition = {},
  ): Promise<Stored<Kinds[K]>> {
    return this.#patch<K>(objectPath(kind, key), patch, precondition);
  }

  /** A custom resource's status is patched whatever uid the patch names: the version of the object with that uid stands for it. */
  async patchStatus<K extends Kind>(
    kind: K,
    key: Key,
    status: MergePatch,
    {uid, resourceVersion}: Precondition = {},
  ): Promise<Stored<Kinds[K]>> {
    const version = resourceVersion ?? (uid === undefined ? undefined : await this.#versionOf(kind, key, uid));
    return this.#patch<K>(`${objectPath(kind, key)}/status`, {status}, {...(version && {resourceVersion: version})});
  }

  async #versionOf(kind: Kind, key: Key, uid: string): Promise<string> {
    const {metadata} = this.#object<Kind>(await this.#client.request({method: 'GET', path: objectPath(kind, key)}));
    if (metadata.uid === uid) return metadata.resourceVersion;
    throw new ApiRefusal('Invalid', `${kind} ${key.namespace}/${key.name} has uid ${metadata.uid}, not ${uid}`);
  }

  async delete(kind: Kind, key: Key, precondition?: Precondition): Promise<void> {
    await this.remove(kind, key, precondition);
  }

  /** Deletes; returns what is left of the object while finalizers or its node hold it. */
  async remove<K extends Kind>(
    kind: K,
    key: Key,
    {uid, resourceVersion}: Precondition = {},
  ): Promise<Stored<Kinds[K]> | undefined> {
    const preconditions = {...(uid && {uid}), ...(resourceVersion && {resourceVersion})};
    const body = {kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy: 'Background'};
    const answer = await this.#client.request({method: 'DELETE', path: objectPath(kind, key), body});
    if (answer.status === 404) return undefined;
    const left = expectOk(answer) as Stored<Kinds[K]>;
    // an object that is gone is answered with a Status
    return left.kind === kind ? stripped(left) : undefined;
  }

  /** Every change from now on. */
  watch<K extends Kind>(kind: K, onEvent: (event: WatchEvent<Kinds[K]>) => void): () => void {
    const reflector = new Reflector<Stored<Kinds[K]>>(this.source(kind), {onEvent, announceFirst: false});
    reflector.start();
    return () => {
      reflector.stop();
    };
  }

  /** What a reflector mirrors: every object of a kind, in one namespace or in all. */
  source<K extends Kind>(kind: K, namespace?: string): Source<Stored<Kinds[K]>> {
    return {
      list: () => this.listPages(kind, namespace),
      watch: (resourceVersion, signal) => this.#lines(kind, namespace, {resourceVersion, signal}),
    };
  }

  async *#lines<K extends Kind>(
    kind: K,
    namespace: string | undefined,
    {resourceVersion, signal}: {readonly resourceVersion: string; readonly signal: AbortSignal},
  ): AsyncIterable<Change<Stored<Kinds[K]>>> {
    const query = {resourceVersion, allowWatchBookmarks: 'true', timeoutSeconds: String(watchSeconds)};
    for await (const line of this.#client.watch(collectionPath(kind, namespace), query, signal)) yield changeOf(line);
  }

  #patch<K extends Kind>(
    path: string,
    patch: MergePatch,
    {uid, resourceVersion}: Precondition,
  ): Promise<Stored<Kinds[K]>> {
    const metadata = {
      ...(patch['metadata'] as object | undefined),
      ...(uid && {uid}),
      ...(resourceVersion && {resourceVersion}),
    };
    const body = Object.keys(metadata).length === 0 ? patch : {...patch, metadata};
    return this.#write<K>({method: 'PATCH', path, body, contentType: 'application/merge-patch+json'});
  }

  async #write<K extends Kind>(request: ApiRequest): Promise<Stored<Kinds[K]>> {
    return this.#object<K>(await this.#client.request({...request, query: {fieldManager}}));
  }

  #object<K extends Kind>(answer: ApiAnswer): Stored<Kinds[K]> {
    return stripped(expectOk(answer) as Stored<Kinds[K]>);
  }
}

const eventNames = {ADDED: 'Added', MODIFIED: 'Modified', DELETED: 'Deleted'} as const;
const isEvent = (type: string): type is keyof typeof eventNames => type in eventNames;

/** Throws `WatchGone` when the server no longer knows the version that was asked for. */
function changeOf<T extends Stored<KubernetesObject>>({type, object}: WatchLine): Change<T> {
  if (isEvent(type)) return {type: eventNames[type], object: stripped(object as T)};
  if (type === 'BOOKMARK') return {type: 'Bookmark', resourceVersion: (object as T).metadata.resourceVersion};
  const {code = 500} = object as {readonly code?: number};
  if (code === 410) throw new WatchGone(messageOf(object));
  throw new ApiTrouble({status: code, body: object});
}

export interface Listed<K extends Kind> {
  readonly items: readonly Stored<Kinds[K]>[];
  readonly resourceVersion: string;
}

interface ListBody<K extends Kind> {
  readonly metadata: {readonly resourceVersion: string; readonly continue?: string};
  readonly items: readonly Stored<Kinds[K]>[];
}

const apiVersionOf = (kind: Kind): string => (kind === 'Pod' ? 'v1' : `${group}/${version}`);

function expectOk(answer: ApiAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw refusalOf(answer) ?? new ApiTrouble(answer);
}
