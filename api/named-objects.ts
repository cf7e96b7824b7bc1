import {datasetVolume} from './dataset.ts';
import type {PodTemplate} from './pod-template.ts';
import type {SearchSpec} from './search.ts';

/** A Secret, claim or ConfigMap that a search names: its trials can read it, with the operator's rights and not with its author's. */
export interface NamedObject {
  readonly kind: 'Secret' | 'PersistentVolumeClaim' | 'ConfigMap';
  readonly name: string;
  /** `spec.dataset.csv.volume.claim` */
  readonly field: string;
}

/** The claim that the data set is on, if it is on one. */
export function datasetClaim({dataset}: SearchSpec): NamedObject | undefined {
  const volume = datasetVolume(dataset);
  if (volume === undefined) return undefined;
  return {kind: 'PersistentVolumeClaim', name: volume.claim, field: `spec.dataset.${volume.member}.volume.claim`};
}

type Spec = NonNullable<PodTemplate['spec']>;
type Named = Omit<NamedObject, 'field'> & {readonly at: string};

/**
 * Everything of the namespace that a search names. The admission policy for named objects (helm/) has the same list in CEL.
 */
export function namedObjects(spec: SearchSpec, {spec: template = {}}: PodTemplate): readonly NamedObject[] {
  const claim = datasetClaim(spec);
  const named = [
    ...(template.imagePullSecrets ?? []).map(({name}, at) => secret(`imagePullSecrets[${String(at)}].name`, name)),
    ...ofVolumes(template),
    ...ofEnvironment(template),
  ];
  const inTemplate = named.map(({at, ...object}) => ({...object, field: `spec.template.podTemplate.spec.${at}`}));
  return [...(claim === undefined ? [] : [claim]), ...inTemplate];
}

const secret = (at: string, name: string): Named => ({kind: 'Secret', name, at});
const configMap = (at: string, name: string): Named => ({kind: 'ConfigMap', name, at});

function ofVolumes({volumes = []}: Spec): Named[] {
  return volumes.flatMap((volume, index): Named[] => {
    const at = `volumes[${String(index)}]`;
    const {persistentVolumeClaim: claim} = volume;
    return [
      ...(claim
        ? [{kind: 'PersistentVolumeClaim', name: claim.claimName, at: `${at}.persistentVolumeClaim`} as const]
        : []),
      ...(volume.secret ? [secret(`${at}.secret`, volume.secret.secretName)] : []),
      ...(volume.configMap ? [configMap(`${at}.configMap`, volume.configMap.name)] : []),
    ];
  });
}

function ofEnvironment({containers = []}: Spec): Named[] {
  return containers.flatMap(({env = [], envFrom = []}) => [
    ...env.flatMap(({valueFrom}, index) => {
      const at = `containers[0].env[${String(index)}].valueFrom`;
      return [
        ...(valueFrom?.secretKeyRef ? [secret(at, valueFrom.secretKeyRef.name)] : []),
        ...(valueFrom?.configMapKeyRef ? [configMap(at, valueFrom.configMapKeyRef.name)] : []),
      ];
    }),
    ...envFrom.flatMap(({secretRef, configMapRef}, index) => {
      const at = `containers[0].envFrom[${String(index)}]`;
      return [
        ...(secretRef ? [secret(at, secretRef.name)] : []),
        ...(configMapRef ? [configMap(at, configMapRef.name)] : []),
      ];
    }),
  ]);
}
