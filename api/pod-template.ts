import {z} from 'zod';
import {group} from './meta.ts';

/**
 * What a search's `template.podTemplate` may say of its trials' Pods: an allow-list. A trial's Pod is made by the operator with the
 * operator's rights, so that whatever is not known to be harmless (to the node, to other tenants, to the budget) is not passed on. The
 * API server checks the rest of what is passed on, in a dry run, before a search is accepted.
 */

/** What is wrong with a value, and what to do about it; the wording of a custom issue. */
const refuse = (path: readonly (string | number)[], message: string, remedy: string) => ({
  code: 'custom' as const,
  path: [...path],
  message,
  params: {remedy},
});

const allow = <T>(test: (value: T) => boolean, message: string, remedy: string) =>
  z.superRefine<T>((value, context) => {
    if (!test(value)) context.addIssue(refuse([], message, remedy));
  });

const text = z.string().max(4096);
const name = z.string().min(1).max(253);
const listOf = <T extends z.ZodType>(item: T) => z.array(item).max(64);
const mapOf = <T extends z.ZodType>(value: T) => z.record(z.string().max(317), value).meta({maxProperties: 64});
/** What the API server alone knows the shape of. */
const open = z.looseObject({});

/** Keys by which something other than a user's own tools is told what to do, or to hand out devices that nobody counts. */
const reservedKey = new RegExp(
  [
    `^([^/]+\\.)?${group.replaceAll('.', '\\.')}/`,
    '^([^/]+\\.)?(kubernetes|k8s)\\.io/',
    '^([^/]+\\.)?nvidia\\.com/',
    '^io\\.(kubernetes|containerd|katacontainers)\\.',
  ].join('|'),
);
/** Kubernetes' own keys that only say something about the Pod's disruption. */
const harmlessKeys: ReadonlySet<string> = new Set(['cluster-autoscaler.kubernetes.io/safe-to-evict']);

const metadataMap = mapOf(z.string().max(262144)).superRefine((entries, context) => {
  const reserved = Object.keys(entries).filter((key) => reservedKey.test(key) && !harmlessKeys.has(key));
  for (const key of reserved) {
    const remedy = 'remove it; keys of your own, and those of your queue, are passed on';
    context.addIssue(refuse([key], 'this key belongs to archsearch, to Kubernetes or to a container runtime', remedy));
  }
});

const id = z.int().min(1).max(2147483647);
/** Ids alone: that nobody is root, and all else of the security context, is archsearch's own. */
const securityContext = z.strictObject({
  runAsUser: id.optional(),
  runAsGroup: id.optional(),
  fsGroup: id.optional(),
  fsGroupChangePolicy: z.enum(['OnRootMismatch', 'Always']).optional(),
  supplementalGroups: listOf(id).optional(),
});

const items = listOf(z.strictObject({key: name, path: text, mode: z.int().min(0).max(511).optional()}));
const keyedFiles = {items: items.optional(), optional: z.boolean().optional()};
const defaultMode = z.int().min(0).max(511).optional();

const isOwnVolume = (volume: string): boolean => volume.startsWith('archsearch-');
const volumeName = name.check(
  allow((volume) => !isOwnVolume(volume), 'names that begin with archsearch- are taken', 'choose another name'),
);

const sources = {
  emptyDir: z
    .strictObject({medium: z.enum(['', 'Memory']).optional(), sizeLimit: z.union([text, z.number()]).optional()})
    .optional(),
  persistentVolumeClaim: z.strictObject({claimName: name, readOnly: z.boolean().optional()}).optional(),
  configMap: z.strictObject({name, defaultMode, ...keyedFiles}).optional(),
  secret: z.strictObject({secretName: name, defaultMode, ...keyedFiles}).optional(),
};
export const volumeKinds = Object.keys(sources);

const volume = z
  .strictObject({name: volumeName, ...sources})
  .check(
    allow(
      (given) => Object.keys(given).filter((key) => volumeKinds.includes(key)).length === 1,
      'a volume has exactly one source',
      `give one of ${volumeKinds.join(', ')}`,
    ),
  );

/** Variables through which devices are handed out past the scheduler, and those of the trial protocol. */
const ownVariables = ['NVIDIA_', 'ARCHSEARCH_'];
const selector = z.strictObject({name, key: name, optional: z.boolean().optional()});
const variable = z.strictObject({
  name: name.check(
    allow(
      (key) => !ownVariables.some((prefix) => key.startsWith(prefix)),
      'variables that begin with NVIDIA_ or ARCHSEARCH_ are set by the device plugin and by archsearch alone',
      'remove it; template.gpus says how many GPUs a trial gets',
    ),
  ),
  value: z.string().max(131072).optional(),
  valueFrom: z
    .strictObject({
      secretKeyRef: selector.optional(),
      configMapKeyRef: selector.optional(),
      fieldRef: z.strictObject({fieldPath: text}).optional(),
    })
    .optional(),
});

/** A key of the ConfigMap or Secret could be any variable: the prefix keeps it from being one of `ownVariables`. */
const isSafePrefix = (prefix: string): boolean =>
  ownVariables.every((own) => !own.startsWith(prefix) && !prefix.startsWith(own));
const source = z.strictObject({name, optional: z.boolean().optional()});
const variables = z.strictObject({
  prefix: z
    .string()
    .min(1)
    .max(128)
    .check(
      allow(isSafePrefix, 'with this prefix a key could become a variable of NVIDIA_ or ARCHSEARCH_', 'use another'),
    ),
  configMapRef: source.optional(),
  secretRef: source.optional(),
});

/** Directories that the system or archsearch fills; also what would hide them, or hands out devices (NVIDIA's volume mounts). */
const takenPaths = ['/archsearch', '/dev', '/proc', '/sys', '/run', '/var/run', '/tmp', '/etc'];
const isNormal = (path: string): boolean => /^(\/[^/:]+)+$/.test(path) && !/\/\.\.?(\/|$)/.test(path);
const isFree = (path: string): boolean =>
  takenPaths.every((taken) => path !== taken && !path.startsWith(`${taken}/`) && !taken.startsWith(`${path}/`));
const isInside = (path: string): boolean => isNormal(`/${path}`);

const mount = z.strictObject({
  name: volumeName,
  mountPath: text
    .check(allow(isNormal, 'is not a plain absolute path', 'write it as /a/b, without ., .., : and a / at the end'))
    .check(allow(isFree, 'archsearch or the system has its own files there', 'mount it elsewhere, such as /data')),
  readOnly: z.boolean().optional(),
  subPath: text.check(allow(isInside, 'leaves its volume', 'write a path inside the volume, without ..')).optional(),
});

/** Everything that can be asked for beside GPUs; any other name would be a device that nobody counts. */
const quantity = z.union([text, z.number()]).optional();
const amounts = z.strictObject({cpu: quantity, memory: quantity, 'ephemeral-storage': quantity});

const container = z.strictObject({
  name: z.literal('trial'),
  image: text.min(1).optional(),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
  command: listOf(z.string().max(32768)).optional(),
  args: listOf(z.string().max(32768)).optional(),
  workingDir: text.optional(),
  env: z.array(variable).max(256).optional(),
  envFrom: listOf(variables).optional(),
  resources: z.strictObject({limits: amounts.optional(), requests: amounts.optional()}).optional(),
  volumeMounts: listOf(mount).optional(),
});

const spec = z.strictObject({
  nodeSelector: mapOf(text).optional(),
  tolerations: listOf(open).optional(),
  affinity: z
    .strictObject({nodeAffinity: open.optional(), podAffinity: open.optional(), podAntiAffinity: open.optional()})
    .optional(),
  topologySpreadConstraints: listOf(open).optional(),
  priorityClassName: name
    .check(allow((given) => !given.startsWith('system-'), 'is a priority of the system', 'use a priority of your own'))
    .optional(),
  schedulerName: name.optional(),
  imagePullSecrets: listOf(z.strictObject({name})).optional(),
  securityContext: securityContext.optional(),
  volumes: listOf(volume).optional(),
  containers: z.array(container).max(1, {error: 'a trial has one container'}).optional(),
});

export const podTemplate = z.strictObject({
  metadata: z.strictObject({labels: metadataMap.optional(), annotations: metadataMap.optional()}).optional(),
  spec: spec.optional(),
});
export type PodTemplate = z.output<typeof podTemplate>;
