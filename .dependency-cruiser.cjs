'use strict';

/** Matches a package by its name, whether it is installed (a path in node_modules) or not (its bare name). */
const pkg = (name) => `(^|node_modules/)${name}(/|$)`;

/** Outside systems, each imported by the named files alone: everything else sees the port. */
const outsideSystems = [
  {name: 'kubernetes', packages: ['@kubernetes/client-node'], files: ['operator/kubernetes.ts']},
  {
    name: 'nats',
    packages: ['nats', '@nats-io/[^/]+'],
    files: ['operator/bus.ts', 'operator/nats/', 'trial-runner/report.ts'],
  },
  {name: 'prometheus', packages: ['prom-client'], files: ['operator/metrics.ts']},
  {name: 'tensorflow', packages: ['@tensorflow/[^/]+'], files: ['trial-runner/backend.ts']},
];

/** search ← api ← {operator, trial-runner} ← cli, and operator ← report ← cli: a layer and the layers that it must not see. */
const layers = [
  {layer: 'search', forbidden: ['api', 'operator', 'trial-runner', 'report', 'cli', 'test', 'bench', 'dashboards']},
  {layer: 'api', forbidden: ['operator', 'trial-runner', 'report', 'cli', 'test', 'bench', 'dashboards']},
  {layer: 'operator', forbidden: ['trial-runner', 'report', 'cli', 'test', 'bench', 'dashboards']},
  {layer: 'trial-runner', forbidden: ['operator', 'report', 'cli', 'test', 'bench', 'dashboards']},
  {layer: 'report', forbidden: ['trial-runner', 'cli', 'test', 'bench', 'dashboards']},
  {layer: 'cli', forbidden: ['test', 'bench', 'dashboards']},
];

/** What of the operator acts; all the rest of it decides. */
const operatorShell =
  '^operator/((observe|execute|queue|kubernetes|bus|metrics|main)[.]ts$|local/|cluster/|nats/|thread/)';

const product = '^(search|api|operator|trial-runner|report|cli)/';

module.exports = {
  forbidden: [
    ...layers.map(({layer, forbidden}) => ({
      name: `layer-${layer}`,
      comment: `${layer}/ must not import ${forbidden.join('/, ')}/: search ← api ← {operator, trial-runner} ← cli.`,
      severity: 'error',
      from: {path: `^${layer}/`},
      to: {path: `^(${forbidden.join('|')})/`},
    })),
    {
      name: 'search-is-pure',
      comment: 'search/ imports itself, zod and node:crypto only: no IO, no clock.',
      severity: 'error',
      from: {path: '^search/'},
      to: {pathNot: ['^search/', pkg('zod'), '^(node:)?crypto$']},
    },
    {
      name: 'plan-is-pure',
      comment: "The operator's deciding files do no IO: no node: modules but crypto and util.",
      severity: 'error',
      from: {path: '^operator/', pathNot: operatorShell},
      to: {dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util)$'},
    },
    ...outsideSystems.map(({name, packages, files}) => ({
      name: `only-adapter-${name}`,
      comment: `Only ${files.join(' and ')} may import ${packages.join(', ')}.`,
      severity: 'error',
      from: {pathNot: files.map((file) => `^${file.replace('.', '[.]')}${file.endsWith('/') ? '' : '$'}`)},
      to: {path: packages.map(pkg)},
    })),
    {
      name: 'no-circular',
      comment: 'A circle of imports has no order to read it in.',
      severity: 'error',
      from: {},
      to: {circular: true},
    },
    {
      name: 'no-orphans',
      comment: 'Nothing imports this file and it imports nothing.',
      severity: 'error',
      from: {orphan: true, pathNot: ['[.]d[.]ts$']},
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'This import leads nowhere: a file that is not there or a package that package.json does not name.',
      severity: 'error',
      from: {},
      to: {couldNotResolve: true},
    },
    {
      name: 'declared',
      comment: 'A package that package.json does not name is there by luck.',
      severity: 'error',
      from: {},
      to: {dependencyTypes: ['npm-no-pkg', 'npm-unknown']},
    },
    {
      name: 'no-development-packages',
      comment: 'What users run needs dependencies, not devDependencies.',
      severity: 'error',
      from: {path: product},
      to: {dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only']},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
