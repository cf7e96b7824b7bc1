import assert from 'node:assert/strict';
import {test} from 'node:test';
import {ailments, hindrances} from '../../../operator/cluster/health.ts';
import type {Vitals, WatchVitals} from '../../../operator/cluster/health.ts';

const minutes = (count: number): number => count * 60_000;
const watch = (parts: Partial<WatchVitals> = {}): WatchVitals => ({kind: 'Pod', synced: true, silence: 1000, ...parts});
const well: Vitals = {uptime: minutes(60), blocked: 0, roundSilence: 0, apiSilence: 1000, watches: [watch()]};

const rows: readonly {
  readonly name: string;
  readonly vitals: Partial<Vitals>;
  readonly ailment?: RegExp;
  readonly hindrance?: RegExp;
}[] = [
  {name: 'well', vitals: {}},
  {
    name: 'a watch that is silent for long while the API server answers',
    vitals: {watches: [watch({silence: minutes(6)})]},
    ailment: /the watch of Pod is silent although the API server answers/,
    hindrance: /nothing was heard of any Pod for 360 s/,
  },
  {
    name: 'a watch that is silent for a while: it is opened again',
    vitals: {watches: [watch({silence: minutes(4)})]},
    hindrance: /nothing was heard of any Pod/,
  },
  {
    name: 'the API server is away, which no restart mends',
    vitals: {apiSilence: minutes(6), watches: [watch({silence: minutes(6)})]},
    hindrance: /nothing was heard of any Pod/,
  },
  {
    name: 'the first list is not read yet',
    vitals: {uptime: minutes(1), watches: [watch({synced: false, silence: Infinity})]},
    hindrance: /not every Pod is read yet/,
  },
  {
    name: 'a list that is refused for ever',
    vitals: {watches: [watch({synced: false, silence: Infinity})]},
    ailment: /the watch of Pod is silent/,
    hindrance: /not every Pod is read yet/,
  },
  {name: 'a long round that gets on', vitals: {roundSilence: minutes(4)}},
  {
    name: 'a round that does not get on',
    vitals: {roundSilence: minutes(6)},
    ailment: /a search is worked on without any progress for 360 s/,
  },
  {name: 'an event loop that is blocked now and then', vitals: {blocked: 20_000}},
  {
    name: 'an event loop that hardly runs',
    vitals: {blocked: 55_000},
    ailment: /the event loop was blocked for 55 s of the last minute/,
  },
];

for (const {name, vitals, ailment, hindrance} of rows)
  test(`health: ${name}`, () => {
    const judged = {...well, ...vitals};
    for (const [found, expected] of [
      [ailments(judged), ailment],
      [hindrances(judged), hindrance],
    ] as const)
      if (expected === undefined) assert.deepEqual(found, []);
      else assert.match(found.join('\n'), expected);
  });
