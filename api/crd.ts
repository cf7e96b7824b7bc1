import {ledgerSpec} from './ledger.ts';
import {group, version} from './meta.ts';
import {celRule, immutable, rulesKey} from './rule.ts';
import type {CelRule} from './rule.ts';
import {longestSearchName, searchSpec, searchStatus} from './search.ts';
import type {StructuralSchema} from './structural.ts';
import {structural} from './structural.ts';
import {trialSpec, trialStatus} from './trial.ts';

interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  readonly description: string;
  /** Columns above 0 are shown by `-o wide` only. */
  readonly priority?: number;
}

/** One row of the table of resources. */
export interface Resource {
  readonly kind: 'ArchitectureSearch' | 'Trial' | 'GpuLedger';
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly PrinterColumn[];
  readonly schema: StructuralSchema;
}

const column = (name: string, jsonPath: string, description: string, type: PrinterColumn['type'] = 'string') => ({
  name,
  type,
  jsonPath,
  description,
});
const wide = (shown: PrinterColumn): PrinterColumn => ({...shown, priority: 1});
const age = column('Age', '.metadata.creationTimestamp', 'Time since it was made.', 'date');

interface Parts {
  readonly description: string;
  readonly spec: StructuralSchema;
  readonly status?: StructuralSchema;
  readonly rules?: readonly CelRule[];
}

/** All that a structural schema may say of metadata; a rule can point to a name only when the schema has one. */
const named: StructuralSchema = {type: 'object', properties: {name: {type: 'string', maxLength: 253}}};

function objectSchema({description, spec, status, rules}: Parts): StructuralSchema {
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {metadata: named, spec, ...(status === undefined ? {} : {status})},
    ...(rules === undefined ? {} : {[rulesKey]: rules}),
  };
}

const architectureSearch = (): Resource => ({
  kind: 'ArchitectureSearch',
  plural: 'architecturesearches',
  shortNames: ['archs'],
  columns: [
    column('Phase', '.status.phase', 'Where the search is.'),
    column('Trials', '.status.trials.total', 'Candidates so far.', 'integer'),
    column('Best', '.status.summary.best', 'First objective of the best candidate.'),
    column('Against baseline', '.status.summary.againstBaseline', 'Distance to the tuned baseline.'),
    column('GPU-hours', '.status.summary.gpuHours', 'GPU-hours used, of those allowed.'),
    column('Cost', '.status.summary.cost', 'Cost so far, of what is allowed.'),
    wide(column('Strategy', '.spec.strategy.type', 'How it searches.')),
    wide(column('Failed', '.status.trials.failed', 'Candidates that failed.', 'integer')),
    age,
  ],
  schema: objectSchema({
    description: 'A search for neural-network architectures within a budget.',
    spec: structural(searchSpec, 'spec'),
    status: structural(searchStatus, 'status'),
    rules: [
      celRule({
        rule: `self.metadata.name.size() <= ${String(longestSearchName)}`,
        wrong: 'the name is too long for the Pods that are named after it',
        remedy: `choose a metadata.name of at most ${String(longestSearchName)} characters`,
        fieldPath: '.metadata.name',
      }),
    ],
  }),
});

const trial = (): Resource => ({
  kind: 'Trial',
  plural: 'trials',
  shortNames: ['atr'],
  columns: [
    column('Search', '.spec.search', 'The search that it belongs to.'),
    column('Purpose', '.spec.purpose', 'Why it exists.'),
    column('Phase', '.status.phase', 'Where it is.'),
    column('Reason', '.status.reason', 'How it ended.'),
    column('Epochs', '.status.epochs', 'Epochs trained.', 'integer'),
    column('Values', '.status.values', 'Metrics of the best epoch.'),
    wide(column('Why', '.spec.why', 'Where the candidate comes from.')),
    wide(column('Message', '.status.message', 'What happened.')),
    age,
  ],
  schema: objectSchema({
    description: 'One candidate of a search and its attempts: the recorded decision and what came of it.',
    spec: withRules(structural(trialSpec, 'spec'), [
      immutable('the spec of a Trial', 'it is the log of the search; delete the Trial to cancel it'),
    ]),
    status: structural(trialStatus, 'status'),
  }),
});

const gpuLedger = (): Resource => ({
  kind: 'GpuLedger',
  plural: 'gpuledgers',
  shortNames: ['gl'],
  columns: [
    column('Kind', '.spec.account.kind', 'Whose account it is.'),
    column('Account', '.spec.account.name', 'Name of the owner.'),
    column('Limit ms', '.spec.limit.gpuMilliseconds', 'Limit in GPU-milliseconds.', 'integer'),
    column('Wasted ms', '.spec.wasted.gpuMilliseconds', 'GPU-milliseconds that brought no result.', 'integer'),
    column('Overrun ms', '.spec.overrun.gpuMilliseconds', 'GPU-milliseconds beyond reservations.', 'integer'),
    column('Settled', '.spec.settledCount', 'Pods settled.', 'integer'),
    age,
  ],
  schema: objectSchema({
    description:
      'The account of one budget: what is reserved for running Pods and what was used. Written by the operator alone.',
    spec: structural(ledgerSpec, 'spec'),
  }),
});

const withRules = (schema: StructuralSchema, rules: readonly CelRule[]): StructuralSchema => ({
  ...schema,
  [rulesKey]: [...(schema[rulesKey] ?? []), ...rules],
});

/** The resources, their schemas generated from the tables of strategies, spaces and baselines as they are now. */
export const resources = (): readonly Resource[] => [architectureSearch(), trial(), gpuLedger()];

/** The CustomResourceDefinition (apiextensions.k8s.io/v1) of a resource. */
export function definitionOf({kind, plural, shortNames, columns, schema}: Resource) {
  const hasStatus = schema.properties?.['status'] !== undefined;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {name: `${plural}.${group}`},
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames,
        categories: ['archsearch'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(hasStatus ? {subresources: {status: {}}} : {}),
          additionalPrinterColumns: columns,
          schema: {openAPIV3Schema: schema},
        },
      ],
    },
  };
}
