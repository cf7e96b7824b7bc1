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
