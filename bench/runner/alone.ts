/** Trains one case, by its name, in a process of its own; answers lines on stdin as peers/keras_step.py does. */
import {createInterface} from 'node:readline';
import {openBackend} from '../../trial-runner/backend.ts';
import {cases} from './networks.ts';
import {oursFor, threads, trainerFor} from './ours.ts';

const each = cases.find(({name}) => name === process.argv[2]);
if (each === undefined) throw new Error(`there is no case ${String(process.argv[2])}`);
const backend = await openBackend(threads);
const measure = oursFor(trainerFor(backend, each, false), each, each.steps);

for await (const line of createInterface({input: process.stdin}))
  console.log(line === 'memory' ? process.resourceUsage().maxRSS / 1024 : await measure());
process.exit(0);
