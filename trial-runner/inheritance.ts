import type {TrialAssignment} from '../api/protocol.ts';
import {stableText} from '../search/json.ts';
import type {DataShape, Network} from '../search/network.ts';
import {tabular} from '../search/spaces/tabular.ts';
import {tabularMorphs} from '../search/spaces/tabular/morphs.ts';
import type {Backend, LayersModel} from './backend.ts';
import type {BlobStore} from './blobs.ts';
import {TrialFailure} from './failure.ts';
import {inheritTabular} from './inheritance/tabular.ts';

/** A model that was just built, and what it was built from. */
export interface Child {
  readonly model: LayersModel;
  readonly network: Network;
  readonly architecture: TrialAssignment['spec']['architecture'];
  readonly data: DataShape;
  readonly seed: number;
}

interface Parent {
  readonly model: LayersModel;
  readonly genotype: unknown;
}

/** Gives the child its parent's weights and answers by which edit; throws a RangeError where no edit that keeps the function leads there. */
type Inherit = (backend: Backend, parent: Parent, child: Child) => string;

/** One row per space that knows edits which keep the function. */
const inheriting: Readonly<Record<string, Inherit>> = {
  Tabular: (backend, {model, genotype}, {architecture, data, seed, ...child}) => {
    const settings = tabular.settings.parse(architecture.settings ?? {});
    const space = tabular.open(settings);
    const [before, now] = [space.parse(genotype), space.parse(architecture.genotype)];
    const isNow = (other: unknown): boolean => stableText(other) === stableText(now);
    const morph = tabularMorphs(before, settings).find((each) => isNow(each.genotype));
    if (morph === undefined && !isNow(before))
      throw new RangeError(`no edit that keeps the function leads from ${space.describe(before)} here`);
    const parent = {model, network: space.network(before, data)};
    inheritTabular(backend, {parent, child}, {edit: morph?.edit, skip: now.residual, seed});
    return morph?.change ?? 'the same architecture';
  },
};

/**
 * Lets a network that grew out of another trial's begin with that one's trained weights, changed so that it computes the same. A child whose
 * parent left no weights, or none that fit, begins with the weights that it was built with. Answers what it began with, in words for the log.
 */
export async function inherit(
  {backend, blobs}: {backend: Backend; blobs: BlobStore},
  from: NonNullable<TrialAssignment['inherit']>,
  child: Child,
): Promise<string> {
  try {
    const change = await inheritFrom({backend, blobs}, from, child);
    return `began with the weights of ${from.trial}: ${change}`;
  } catch (error) {
    if (!(error instanceof TrialFailure || error instanceof RangeError)) throw error;
    return `began with fresh weights, not with those of ${from.trial}: ${error.message}`;
  }
}

async function inheritFrom(
  {backend, blobs}: {backend: Backend; blobs: BlobStore},
  from: NonNullable<TrialAssignment['inherit']>,
  child: Child,
): Promise<string> {
  const {type} = child.architecture;
  const row = inheriting[type];
  if (row === undefined) throw new RangeError(`${type} knows no edits that keep the function`);
  const {model} = await blobs.readModel(from.trial);
  try {
    return row(backend, {model, genotype: from.genotype}, child);
  } finally {
    model.dispose();
  }
}
