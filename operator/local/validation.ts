import {z} from 'zod';
import {ledgerSpec} from '../../api/ledger.ts';
import type {KubernetesObject} from '../../api/meta.ts';
import {searchSpec, searchStatus} from '../../api/search.ts';
import {trialSpec, trialStatus} from '../../api/trial.ts';
import {ApiRefusal} from '../ports.ts';
import type {Kind} from '../ports.ts';

/** The schemas that the custom resource definitions are made from; Pods have rules of their own. */
const schemas: Readonly<Partial<Record<Kind, z.ZodType>>> = {
  ArchitectureSearch: z.looseObject({spec: searchSpec, status: searchStatus.optional()}),
  Trial: z.looseObject({spec: trialSpec, status: trialStatus.optional()}),
  GpuLedger: z.looseObject({spec: ledgerSpec}),
};

const dnsSubdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function checkName(name: string): void {
  if (name.length > 253 || !dnsSubdomain.test(name))
    throw new ApiRefusal(
      'Invalid',
      `metadata.name: must be lower-case letters, digits, '-' and '.', at most 253, found "${name}"`,
    );
}

/** The object with its defaults filled in; `Invalid` with every field that breaks the schema. */
export function validated<T extends KubernetesObject>(kind: Kind, object: T): T {
  const schema = schemas[kind];
  if (schema === undefined) return object;
  const result = schema.safeParse(object);
  if (result.success) return result.data as T;
  const causes = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new ApiRefusal('Invalid', `${kind} ${object.metadata.name} is invalid: ${causes.join('; ')}`);
}
