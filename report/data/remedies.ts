import type {TrialReason} from '../../api/reasons.ts';

/** What to do about each way in which a trial can end badly. */
export const remedies: Readonly<Record<TrialReason, string>> = {
  Completed: 'Nothing: the trial ended as it should.',
  StoppedEarly:
    'Nothing: early stopping ended a trial that was behind. If too many end so, relax estimation.earlyStopping.',
  DeadlineReached: 'Give estimation.trialDuration more time, lower estimation.maxEpochs, or search smaller networks.',
  Duplicate: 'Nothing: an equal trial had this result already.',
  Cancelled: 'Somebody deleted the trial. Run the search again if it was a mistake.',
  BudgetExhausted: 'Raise limits.gpuHours or limits.cost and run the same command again.',
  NotANumber:
    'Training diverged. Lower the upper end of training.learningRate, and look for infinite or huge values in the data.',
  WrongShape: 'The data does not fit the network. Check spec.task and the shape that the message names.',
  BadData:
    'Mend the row and column, or the picture, that the message names, or leave the column out with dataset.csv.ignore.',
  MissingFile: 'Check dataset.*.volume.path, and that the claim is mounted (run --mount CLAIM=DIRECTORY).',
  LimitExceeded: 'The network is past a limit of spec.objectives. Raise the limit, or choose a smaller search space.',
  UnsupportedArchitecture: 'Leave the operation that the message names out of the search space.',
  RunnerError: 'Read the log below. If the data is sound this is a fault of archsearch: report it with the log.',
  NoResult:
    'The process ended without a word, often for want of memory. Give it more memory or search smaller networks.',
  OutOfMemory:
    'Lower training.batchSize, search smaller networks, or give the trials more memory in template.podTemplate.',
  InvalidPod: 'Mend the field of template.podTemplate that the message names.',
  Interrupted: 'Nothing: it was tried again.',
  Preempted: 'Nothing: it was tried again. If it happens often, give template.podTemplate a priorityClassName.',
  Evicted: 'It was tried again. Look at the node: disk or memory ran low.',
  NodeLost: 'It was tried again. Look at the node: it stopped answering.',
  NotStarted: 'No node had room. Look at the message for what is missing: GPUs, memory, or a toleration.',
  ImagePull: 'Check the image in template.podTemplate, and that the cluster may pull it.',
};
