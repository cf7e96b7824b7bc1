import type {FamilyName} from '../metrics/families.ts';
import type {Measure} from '../metrics/sample.ts';
import type {Timed} from '../timed.ts';
import type {Asker} from '../asking/question.ts';

const durations: Readonly<Record<Parameters<Timed>[0], FamilyName>> = {
  Plan: 'archsearch_operator_plan_duration_seconds',
  Fold: 'archsearch_operator_fold_duration_seconds',
  Replay: 'archsearch_operator_replay_duration_seconds',
  Ask: 'archsearch_operator_ask_duration_seconds',
};

/** Times what planning does. */
export const stopwatch =
  (measure: Measure): Timed =>
  (what, work) => {
    const started = performance.now();
    try {
      return work();
    } finally {
      measure(durations[what], (performance.now() - started) / 1000);
    }
  };

/** What is thought about elsewhere is timed from the question to the answer. */
export const timedAsker = (asker: Asker, measure: Measure): Asker => ({
  async ask(question) {
    const started = performance.now();
    try {
      return await asker.ask(question);
    } finally {
      measure(durations.Ask, (performance.now() - started) / 1000);
    }
  },
});
