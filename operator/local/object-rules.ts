import {isDeepStrictEqual} from 'node:util';
import type {ObjectMeta, Stored} from '../../api/meta.ts';
import {instant, parseTimestamp, timestamp} from '../../api/quantities.ts';
import type {Instant} from '../../api/quantities.ts';
import {ApiRefusal} from '../ports.ts';
import type {Key, Kind, Kinds, Precondition} from '../ports.ts';

/** What the API server does with every object (kubernetes/staging/src/k8s.io/apiserver/pkg/registry). */

export type AnyObject = Stored<Kinds[Kind]>;

export const addressOf = (kind: Kind, key: Key): string => `${kind}/${key.namespace}/${key.name}`;
export const keyOf = (metadata: ObjectMeta): Key => ({namespace: metadata.namespace ?? '', name: metadata.name});

function withoutEmpty<T extends object>(object: T, names: readonly string[]): T {
  const kept = Object.entries(object).filter(
    ([name, value]) => !names.includes(name) || Object.keys((value ?? {}) as object).length > 0,
  );
  return Object.fromEntries(kept) as T;
}

/** Lists and maps that the API server leaves out when they are empty. */
export function tidied(object: AnyObject): AnyObject {
  const metadata = withoutEmpty(object.metadata, ['finalizers', 'ownerReferences', 'labels', 'annotations']);
  const spec = object.kind === 'Pod' ? withoutEmpty(object.spec, ['schedulingGates']) : object.spec;
  return {...object, metadata, spec} as AnyObject;
}

/** `wanted` with the parts of the metadata that the API server alone sets as they are in `current`. */
export function keepingIdentity(current: AnyObject, wanted: AnyObject): AnyObject {
  const {deletionTimestamp: _at, deletionGracePeriodSeconds: _grace, ...metadata} = wanted.metadata;
  const {name, namespace, uid, resourceVersion, creationTimestamp, generation} = current.metadata;
  const {deletionTimestamp, deletionGracePeriodSeconds} = current.metadata;
  const place = {name, ...(namespace !== undefined && {namespace})};
  const deletion = {
    ...(deletionTimestamp !== undefined && {deletionTimestamp}),
    ...(deletionGracePeriodSeconds !== undefined && {deletionGracePeriodSeconds}),
  };
  const kept = {...metadata, ...place, ...deletion, uid, resourceVersion, creationTimestamp};
  return {...wanted, metadata: {...kept, ...(generation !== undefined && {generation})}};
}

export function checkPrecondition(
  current: AnyObject,
  wanted: Precondition,
  uidRefusal: 'Conflict' | 'Invalid' = 'Conflict',
): void {
  const {name, uid, resourceVersion} = current.metadata;
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion)
    throw new ApiRefusal(
      'Conflict',
      `${current.kind} ${name} has changed: resourceVersion is ${resourceVersion}, not ${wanted.resourceVersion}; read it again`,
    );
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw new ApiRefusal(uidRefusal, `${current.kind} ${name} is another object: its uid is ${uid}, not ${wanted.uid}`);
}

export function checkFinalizers(current: AnyObject, wanted: AnyObject): void {
  const before = new Set(current.metadata.finalizers ?? []);
  const added = (wanted.metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer));
  if (current.metadata.deletionTimestamp !== undefined && added.length > 0)
    throw new ApiRefusal(
      'Invalid',
      `metadata.finalizers: none can be added to an object that is being deleted, found ${added.join(', ')}`,
    );
}

const nextGeneration = (object: AnyObject): AnyObject => ({
  ...object,
  metadata: {...object.metadata, generation: (object.metadata.generation ?? 0) + 1},
});

/** `next`, its generation raised when the spec differs. */
export const withGeneration = (current: AnyObject, next: AnyObject): AnyObject =>
  isDeepStrictEqual(next.spec, current.spec) ? next : nextGeneration(next);

/**
 * The object with its deletion begun, or brought forward by a shorter grace; the object itself when neither is so. The deletion time
 * is when the grace ends; a shorter grace counts from when the deletion was first asked for.
 */
export function withDeletion(object: AnyObject, graceSeconds: number, now: Instant): AnyObject {
  const {deletionTimestamp, deletionGracePeriodSeconds = 0} = object.metadata;
  if (deletionTimestamp !== undefined && graceSeconds >= deletionGracePeriodSeconds) return object;
  const asked =
    deletionTimestamp === undefined ? now : parseTimestamp(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  const deletion = {
    deletionTimestamp: timestamp(instant(asked + graceSeconds * 1000)),
    deletionGracePeriodSeconds: graceSeconds,
  };
  return nextGeneration({...object, metadata: {...object.metadata, ...deletion}});
}

/** Being deleted, with no grace left and held by no finalizer. */
export const isReleased = ({metadata}: AnyObject): boolean =>
  metadata.deletionTimestamp !== undefined &&
  (metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
  (metadata.finalizers ?? []).length === 0;
