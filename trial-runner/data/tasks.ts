import type {Task} from '../../search/space.ts';

export type InputKind = 'image' | 'table';
export type TargetKind = 'classes' | 'number';

/** What each task asks of the data. */
export const demands: Readonly<Record<Task, {readonly inputs: InputKind; readonly targets: TargetKind}>> = {
  ImageClassification: {inputs: 'image', targets: 'classes'},
  TabularClassification: {inputs: 'table', targets: 'classes'},
  TabularRegression: {inputs: 'table', targets: 'number'},
};
