import {z} from 'zod';

export const group = 'archsearch.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

/** The form of an object's name (RFC 1123 subdomain). */
export const namePattern = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The part of Kubernetes' ObjectMeta that archsearch uses. Times are RFC 3339 strings in whole seconds, as the API server writes them. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object that the API server has accepted: it has an identity and a version. */
export type Stored<T extends KubernetesObject> = T & {
  readonly metadata: ObjectMeta & {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
  };
};

/** metav1.Condition. */
export const condition = z.strictObject({
  type: z.string().max(64).describe('Which condition.'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it holds.'),
  reason: z.string().max(64).describe('Why, in one word.'),
  message: z.string().max(1024).describe('Why, for people.'),
  observedGeneration: z.int().min(0).describe('The generation of the spec that it is about.'),
  lastTransitionTime: z.string().max(32).describe('When its status last changed.'),
});
export type Condition = z.infer<typeof condition>;
