import prettier from 'eslint-config-prettier';
import {defineConfig} from 'eslint/config';
import tseslint from 'typescript-eslint';

// search/ and the operator's deciding files get time, randomness and everything of the outside world handed in, so that a replay
// decides the same and the simulated world can drive them.
const pure = {
  files: ['search/**/*.ts', 'operator/**/*.ts'],
  ignores: [
    ...['observe', 'execute', 'queue', 'kubernetes', 'bus', 'metrics', 'main'].map((name) => `operator/${name}.ts`),
    'operator/local/**',
    'operator/cluster/**',
  ],
};
const clock = 'Time is handed in: take an Instant.';
const outside = 'Pure code touches nothing outside; hand in what it needs.';

const elseIfOnNames = {
  selector:
    "IfStatement[test.type='BinaryExpression'][test.operator='==='][test.left.type!='UnaryExpression'][test.right.type='Literal']" +
    " > IfStatement.alternate[test.type='BinaryExpression'][test.operator='==='][test.right.type='Literal']",
  message: 'No else-if chain on names: a table with one row per name, or an exhaustive switch.',
};

export default defineConfig(
  {ignores: ['node_modules/', 'dist/', 'runs/', 'crds/']},
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    linterOptions: {reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error'},
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', {max: 300, skipBlankLines: true, skipComments: true}],
      'max-lines-per-function': ['error', {max: 60, skipBlankLines: true, skipComments: true}],
      eqeqeq: 'error',
      'no-restricted-syntax': ['error', elseIfOnNames],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        {considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: false},
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      // `type` where the contract is a record that must be assignable to an index signature (Json), which interfaces are not.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // zod tables and index signatures are read with brackets under noPropertyAccessFromIndexSignature.
      '@typescript-eslint/dot-notation': ['error', {allowIndexSignaturePropertyAccess: true}],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        {ignoreArrowShorthand: true, ignoreVoidOperator: true},
      ],
      // It asks for the `!` that no-non-null-assertion forbids.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // tfjs makes tensors, variables and layers in factories typed as their base class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A port's method is async for every implementation, also for the one in memory that has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', ignoreRestSiblings: true}],
    },
  },
  {
    ...pure,
    rules: {
      'no-restricted-properties': [
        'error',
        {object: 'Math', property: 'random', message: 'Randomness is keyed: use keyed() of search/random.ts.'},
        {object: 'Date', property: 'now', message: clock},
        {object: 'crypto', property: 'randomUUID', message: 'Names are derived, so that a repeat is harmless.'},
      ],
      'no-restricted-globals': [
        'error',
        ...['process', 'console', 'fetch', 'performance', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
          name,
          message: outside,
        })),
      ],
      'no-restricted-syntax': [
        'error',
        elseIfOnNames,
        {selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: clock},
        {selector: "CallExpression[callee.name='Date']", message: clock},
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', {max: 500, skipBlankLines: true, skipComments: true}],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {from: 'package', name: ['test', 'it', 'describe', 'suite', 'before', 'after'], package: 'node:test'},
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        elseIfOnNames,
        {
          selector:
            'CallExpression[callee.name=/^(test|it|describe|suite)$/] > ObjectExpression > Property[key.name=/^(skip|only|todo)$/]',
          message: 'Every test runs.',
        },
      ],
      'no-restricted-imports': [
        'error',
        {paths: [{name: 'node:test', importNames: ['mock'], message: 'Fakes and contract suites, not mocks.'}]},
      ],
      'no-restricted-properties': [
        'error',
        ...['test', 'it', 'describe', 'suite'].flatMap((object) =>
          ['skip', 'only', 'todo'].map((property) => ({object, property, message: 'Every test runs.'})),
        ),
      ],
    },
  },
  {files: ['**/*.{js,cjs,mjs}'], extends: [tseslint.configs.disableTypeChecked]},
  {files: ['**/*.cjs'], languageOptions: {globals: {module: 'writable', require: 'readonly'}}},
  prettier,
);
