import assert from 'node:assert/strict';
import {test} from 'node:test';
import {validateManifest} from '../../api/validate.ts';

/** The search of the design's example: nothing is wrong with it, and nothing to remark. Tests break it in one place each. */
export const soundManifest = `apiVersion: archsearch.dev/v1alpha1
kind: ArchitectureSearch
metadata:
  name: digits
spec:
  task: ImageClassification
  dataset: {builtin: digits}
  objectives:
    - metric: accuracy
      goal: Maximize
  searchSpace:
    type: NasBench201
  estimation:
    maxEpochs: 12
    trialDuration: 10m
  limits:
    trials: 200
    gpuHours: 40
  baseline:
    type: ResNet
    share: 0.1
  selection:
    retrain: 3
    epochs: 48
    seeds: 3
    share: 0.2
`;

/** The sound manifest with one part of its text replaced; throws when there is no such part. */
export function broken(from: string, to: string, text = soundManifest): string {
  if (!text.includes(from)) throw new Error(`the manifest has no ${JSON.stringify(from)}`);
  return text.replace(from, () => to);
}

/** One break of the sound manifest: its name, the part of the text that changes, what stands there instead, and each problem told. */
export type Break = readonly [name: string, part: string, instead: string, ...told: string[]];

/** `6:9 spec.task: found Image; is not among the choices; …` per problem. */
export const told = (text: string): string[] =>
  validateManifest(text, 'search.yaml').problems.map(
    ({line, column, field, found, message, remedy}) =>
      `${String(line)}:${String(column)} ${field}: found ${found}; ${message}; ${remedy}`,
  );

export function testBreaks(breaks: readonly Break[]): void {
  for (const [name, part, instead, ...lines] of breaks) {
    test(`${name} is an error with its place, what was found and the remedy`, () => {
      const text = broken(part, instead);
      assert.deepEqual(told(text), lines);
      assert.ok(validateManifest(text, 'search.yaml').problems.every((problem) => problem.severity === 'error'));
    });
  }
}
