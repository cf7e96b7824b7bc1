import type {Values} from '../search/objectives.ts';
import type {Backend} from './backend.ts';
import type {BlobStore} from './blobs.ts';
import {decoderOf} from './data/decoder.ts';
import type {Mounts} from './data/mounts.ts';
import type {DataRequest} from './data/load.ts';
import type {Preprocessing} from './data/preprocessing.ts';
import type {Examples} from './data/raw.ts';
import {loadTest} from './data/test-split.ts';
import {predict} from './evaluation.ts';
import {TrialFailure} from './failure.ts';
import {score, type Scored} from './metrics.ts';

export interface ScoringRun {
  readonly backend: Backend;
  readonly blobs: BlobStore;
  readonly mounts: Mounts;
  readonly request: DataRequest;
  /** Names of the trials whose models are scored. */
  readonly trials: readonly string[];
}

export interface TestScores {
  /** In the order of `trials`. */
  readonly models: readonly Scored[];
  /** Mean over models. */
  readonly values: Values;
  readonly examples: number;
}

/** Scores saved models once on the test split: the only place where test examples are looked at. */
export async function scoreModels({backend, blobs, mounts, request, trials}: ScoringRun): Promise<TestScores> {
  const encoded = new Map<string, Examples>();
  const testFor = (fitted: Preprocessing): Examples => {
    const key = JSON.stringify(fitted);
    const known = encoded.get(key) ?? loadTest(request, mounts, fitted, decoderOf(backend));
    encoded.set(key, known);
    return known;
  };
  const models: Scored[] = [];
  for (const trial of trials) {
    const {model, preprocessing} = await blobs.readModel(trial);
    const examples = testFor(preprocessing);
    const scored = score(predict(backend, model, examples), examples, preprocessing.targets);
    model.dispose();
    checkFinite(trial, scored.values);
    models.push(scored);
  }
  const [first] = encoded.values();
  return {models, values: meanOf(models.map(({values}) => values)), examples: first?.count ?? 0};
}

function checkFinite(trial: string, values: Values): void {
  const wrong = Object.entries(values).find(([, value]) => !Number.isFinite(value));
  if (wrong !== undefined)
    throw new TrialFailure('NotANumber', `${wrong[0]} of ${trial} on the test split is ${String(wrong[1])}`);
}

function meanOf(all: readonly Values[]): Values {
  const metrics = Object.keys(all[0] ?? {});
  return Object.fromEntries(
    metrics.map((metric) => [metric, all.reduce((sum, values) => sum + (values[metric] ?? 0), 0) / all.length]),
  );
}
