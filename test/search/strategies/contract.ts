import assert from 'node:assert/strict';
import {test} from 'node:test';
import fc from 'fast-check';
import {identityIn, maxDuplicates, withinLimits} from '../../../search/drawing.ts';
import {begin, fold, tellAll, verify} from '../../../search/fold.ts';
import type {Folding} from '../../../search/fold.ts';
import type {Json} from '../../../search/json.ts';
import {parseParameters} from '../../../search/parameters.ts';
import {nasBench201} from '../../../search/spaces/nas-bench-201.ts';
import {tabular} from '../../../search/spaces/tabular.ts';
import type {Problem, Proposal, Report, StrategyType} from '../../../search/strategy.ts';
import {frozen, oneByOne, play, usable} from './play.ts';
import type {Outcome, Played, Turn} from './play.ts';

const cells: Problem = {
  space: nasBench201.open({cellsPerStage: 1, channels: 8}),
  training: {
    learningRate: {kind: 'real', min: 0.001, max: 0.1, scale: 'Log'},
    optimizer: {kind: 'choice', choices: ['Adam', 'Momentum']},
    schedule: {kind: 'fixed', value: 'Cosine'},
  },
  objectives: [{metric: 'accuracy', goal: 'Maximize'}],
  maxEpochs: 4,
  seed: 7,
  data: {input: [8, 8, 1], outputs: 10},
};
/** 12 genotypes, 8 of them different, and two values of one setting: 16 candidates. */
const tiny: Problem = {
  space: tabular.open({
    layers: {min: 1, max: 2},
    widths: [8, 16],
    activations: ['relu'],
    dropout: [0],
    normalization: ['Identity'],
    residual: [false, true],
  }),
  training: {batchSize: {kind: 'choice', choices: [32, 64]}},
  objectives: [{metric: 'rmse', goal: 'Minimize'}],
  maxEpochs: 2,
  seed: 3,
  data: {input: [5], outputs: 1},
};
const tinyCandidates = 16;
const problems: readonly {what: string; problem: Problem}[] = [
  {what: 'cells with training settings', problem: cells},
  {what: 'cells without training settings', problem: {...cells, training: {}}},
  {what: 'a tiny space', problem: tiny},
  {
    what: 'two objectives and a limit that is measured',
    problem: {
      ...cells,
      objectives: [
        {metric: 'accuracy', goal: 'Maximize'},
        {metric: 'latencyMilliseconds', goal: 'Minimize', limit: 0.7},
      ],
    },
  },
];

const outcomes: readonly Outcome[] = [
  'scored',
  'scored',
  'scored',
  'rung',
  'stopped',
  'failed',
  'notANumber',
  'unmeasured',
];
const turn: fc.Arbitrary<Turn> = fc.record({
  parallel: fc.integer({min: 1, max: 5}),
  which: fc.nat(1_000),
  outcome: fc.constantFrom(...outcomes),
});

const identities = (problem: Problem, {log}: Played): string[] =>
  log.map(({proposal}) => identityIn(problem, proposal));

function checkProposal(problem: Problem, proposal: Proposal, told: ReadonlyMap<number, Report>): void {
  assert.deepEqual(problem.space.parse(proposal.candidate.genotype), proposal.candidate.genotype);
  assert.deepEqual(parseParameters(problem.training, proposal.candidate.training), proposal.candidate.training);
  assert.ok(proposal.epochs >= 1 && proposal.epochs <= problem.maxEpochs, `${proposal.epochs} epochs`);
  assert.match(proposal.why, /^[^\n]{1,512}$/);
  assert.ok(Buffer.byteLength(JSON.stringify(proposal.tag ?? null)) <= 256);
  assert.ok(Number.isInteger(proposal.skipped) && proposal.skipped >= 0);
  for (const ancestor of [proposal.parent, proposal.resumeFrom]) {
    if (ancestor === undefined) continue;
    const report = told.get(ancestor);
    assert.ok(report !== undefined && usable(problem, report), `#${ancestor} has no result to derive from`);
  }
}

function checkLog(problem: Problem, {log}: Played): void {
  const told = new Map<number, Report>();
  for (const {after, proposal} of log) {
    for (const report of after) told.set(report.index, report);
    checkProposal(problem, proposal, told);
  }
}

/** A log with one entry changed: another number of epochs. */
function tampered(log: Played['log'], at: number): Played['log'] {
  return log.map((entry, index) =>
    index === at ? {...entry, proposal: {...entry.proposal, epochs: entry.proposal.epochs + 1}} : entry,
  );
}

export interface ContractCase {
  readonly row: StrategyType;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Random searches that each rule is tried on, and turns of each: fewer for a strategy that thinks for long. */
  readonly effort: {readonly runs: number; readonly turns: {readonly minLength: number; readonly maxLength: number}};
}

/** What every strategy keeps to, whatever the order in which trials come back and however they end. */
export function strategyContract({row, settings, effort: {runs, turns: length}}: ContractCase): void {
  const name = `${row.type} ${JSON.stringify(settings)}`;
  const on = (problem: Problem): Folding => frozen({problem, row, settings: row.settings.parse(settings)});
  const turns = fc.array(turn, length);
  const forAll = (problem: Problem, check: (folding: Folding, script: Turn[], played: Played) => void): void => {
    fc.assert(
      fc.property(turns, (script) => {
        check(on(problem), script, play(on(problem), script));
      }),
      {numRuns: runs},
    );
  };

  for (const {what, problem} of problems) {
    test(`${name}, ${what}: proposals are valid and derive from results only`, () => {
      forAll(problem, (_, _script, played) => {
        checkLog(problem, played);
      });
    });

    test(`${name}, ${what}: a question changes nothing and has one answer; a state is its JSON`, () => {
      forAll(problem, (folding, script, played) => {
        const again = play(folding, script, (state) => {
          const copy = frozen(JSON.parse(JSON.stringify(state)) as Json);
          assert.deepEqual(copy, state);
          const ask = row.strategy.ask(problem, folding.settings, state);
          assert.deepEqual(row.strategy.ask(problem, folding.settings, copy), ask);
          return copy;
        });
        assert.deepEqual(again, played);
      });
    });

    test(`${name}, ${what}: whoever folds the log, from wherever, has the state`, () => {
      forAll(problem, (folding, script, {log, told, state}) => {
        assert.deepEqual(tellAll(folding, fold(folding, log), told), state);
        const count = Math.min(log.length, script[0]?.which ?? 0);
        const half = {count, state: frozen(fold(folding, log.slice(0, count)))};
        assert.deepEqual(tellAll(folding, fold(folding, log, half), told), state);
      });
    });

    test(`${name}, ${what}: the log is reproduced, and an entry that was changed is named`, () => {
      forAll(problem, (folding, script, {log}) => {
        assert.equal(verify(folding, log), undefined);
        const at = (script[0]?.which ?? 0) % log.length;
        const difference = verify(folding, tampered(log, at));
        assert.equal(difference?.index, at + 1);
        assert.deepEqual(difference.expected, log[at]?.proposal);
      });
    });
  }

  test(`${name}: another seed searches elsewhere`, () => {
    const [first, second] = [1, 2].map((seed) => identities(cells, play(on({...cells, seed}), oneByOne(10))));
    assert.notDeepEqual(first, second);
  });

  test(`${name}: a report that is told twice, or of nobody's proposal, changes nothing more`, () => {
    const {problem, settings: parsed} = on(cells);
    const {state} = play(on(cells), oneByOne(30));
    const report: Report = {index: 30, kind: 'scored', values: {accuracy: 0.5}, epoch: 4, cost: 1};
    for (const index of [30, 31, 999])
      assert.deepEqual(row.strategy.tell(problem, parsed, state, {...report, index}), state);
  });

  test(`${name}: goes on when every trial fails`, () => {
    const {log} = play(
      on(cells),
      oneByOne(60).map((each) => ({...each, outcome: 'failed' as const})),
    );
    assert.equal(log.length, 60);
    assert.ok(log.every(({proposal}) => proposal.parent === undefined));
  });

  test(`${name}: no candidate is proposed twice while there are others`, () => {
    const played = play(on({...cells, training: {}}), oneByOne(120));
    assert.equal(new Set(identities(cells, played)).size, 120);
  });

  test(`${name}: a duplicate is proposed only after ${maxDuplicates} draws`, () => {
    const seen = new Set<string>();
    const played = play(on(tiny), oneByOne(400));
    for (const {proposal} of played.log) {
      const identity = identityIn(tiny, proposal);
      assert.ok(!seen.has(identity) || proposal.skipped >= maxDuplicates - 1);
      seen.add(identity);
    }
  });

  test(`${name}: a finite space is searched completely, and then it says so`, () => {
    const played = play(on(tiny), oneByOne(400));
    assert.match(played.exhausted ?? 'not exhausted', /every candidate .* was asked/);
    assert.equal(new Set(identities(tiny, played)).size, tinyCandidates);
  });

  test(`${name}: limits on parameters and FLOPs hold for every proposal`, () => {
    const limited: Problem = {
      ...cells,
      objectives: [...cells.objectives, {metric: 'parameters', goal: 'Minimize', limit: 23_000}],
    };
    const {log} = play(on(limited), oneByOne(40));
    assert.equal(log.length, 40);
    assert.ok(log.every(({proposal}) => withinLimits(limited, proposal.candidate)));
    assert.ok(log.some(({proposal}) => proposal.skipped > 0));
  });

  test(`${name}: limits that nothing keeps end the search and are named`, () => {
    const impossible: Problem = {
      ...tiny,
      objectives: [...tiny.objectives, {metric: 'flops', goal: 'Minimize', limit: 3}],
    };
    const ask = row.strategy.ask(impossible, on(impossible).settings, begin(on(impossible)));
    assert.equal(ask.kind, 'Exhausted');
    assert.match(ask.why, /flops ≤ 3/);
  });

  test(`${name}: what keeps the limits is searched completely, and then it says so`, () => {
    const limited: Problem = {
      ...tiny,
      objectives: [...tiny.objectives, {metric: 'parameters', goal: 'Minimize', limit: 113}],
    };
    // One hidden layer of 8 or 16 units, with and without the inert residual connection, and two batch sizes.
    const played = play(on(limited), oneByOne(400));
    assert.equal(new Set(identities(limited, played)).size, 4);
    assert.match(played.exhausted ?? 'not exhausted', /every candidate in the space with parameters ≤ 113 was asked/);
  });

  test(`${name}: limits wait for the shape of the data`, () => {
    const {data: _, ...unknown} = cells;
    const limited: Problem = {
      ...unknown,
      objectives: [...cells.objectives, {metric: 'parameters', goal: 'Minimize', limit: 1}],
    };
    assert.equal(row.strategy.ask(limited, on(limited).settings, begin(on(limited))).kind, 'Propose');
  });
}
