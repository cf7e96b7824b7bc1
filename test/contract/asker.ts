import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, test} from 'node:test';
import type {Asker, Question} from '../../operator/asking/question.ts';
import {strategies} from '../../search/strategies/index.ts';
import {aTrial} from '../builders.ts';
import {RecordedSearch} from '../questions.ts';

export interface AskerUnderTest {
  readonly asker: Asker;
  /** Whoever thinks dies, in the middle of the question that is under way. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

const heavy = strategies.filter((row) => row.heavy === true).map(({type}) => type);

/** A log that no strategy can make sense of. */
function nonsense(search: RecordedSearch): Question {
  const [first] = search.trials;
  const architecture = {...(first ?? aTrial()).spec.architecture, genotype: 'no genotype'};
  return search.question(1, [aTrial({spec: {...first?.spec, architecture}})]);
}

const cases: Readonly<Record<string, (under: AskerUnderTest) => Promise<void>>> = {
  'two logs that are asked about in turn do not mix': async ({asker}) => {
    const [one, other] = [
      new RecordedSearch('Portfolio', {name: 'one'}),
      new RecordedSearch('Bananas', {name: 'other'}),
    ];
    for (const count of [2, 5, 7])
      for (const search of [one, other])
        assert.deepEqual(await asker.ask(search.question(count)), search.answer(count));
  },
  'a log that has lost a trial is folded without it': async ({asker}) => {
    const search = new RecordedSearch('Portfolio', {trials: 3});
    await asker.ask(search.question(3));
    const forced = search.trials.toSpliced(1, 1);
    assert.deepEqual(await asker.ask(search.question(3, forced)), search.answer(3, forced));
  },
  'a question is rejected when whoever thinks about it dies, and the next is answered': async (under) => {
    const search = new RecordedSearch('Portfolio');
    await under.asker.ask(search.question(3));
    const rejected = assert.rejects(under.asker.ask(search.question(5)), /thread/);
    await under.interrupt();
    await rejected;
    assert.deepEqual(await under.asker.ask(search.question(6)), search.answer(6));
  },
  'a question is rejected when the strategy fails, in its words, and the next is answered': async ({asker}) => {
    const search = new RecordedSearch('Bananas');
    await assert.rejects(asker.ask(nonsense(search)), /reading 'length'/);
    assert.deepEqual(await asker.ask(search.question(4)), search.answer(4));
  },
};

/** Where heavy strategies think: in a thread, or in the simulated world. */
export function askerContract(name: string, make: () => AskerUnderTest): void {
  describe(`${name} keeps the contract of askers`, () => {
    const held: {under?: AskerUnderTest} = {};
    const under = (): AskerUnderTest => held.under ?? assert.fail('nothing is under test');
    beforeEach(() => {
      held.under = make();
    });
    afterEach(() => under().close());
    for (const type of heavy)
      test(`${type} answers what it would answer at once, as its log grows`, async () => {
        const search = new RecordedSearch(type);
        for (const count of [0, 1, 4, 7])
          assert.deepEqual(await under().asker.ask(search.question(count)), search.answer(count));
      });
    for (const [sentence, run] of Object.entries(cases)) test(sentence, () => run(under()));
  });
}
