import {createInterface} from 'node:readline';
import {z} from 'zod';
import {curvePoint} from '../../../api/trial.ts';
import {channelReporter} from '../../../trial-runner/report.ts';

// A runner that reports what the test writes to it, a JSON line each, and writes down why it is told to stop.

const order = z.union([z.strictObject({epoch: curvePoint}), z.strictObject({say: z.json()})]);

const reporter = channelReporter(process, {
  stop: ({why}) => process.stdout.write(`${why}\n`),
  disconnect: () => process.exit(0),
});
for await (const line of createInterface(process.stdin)) {
  const given = order.parse(JSON.parse(line));
  if ('epoch' in given) reporter.epoch(given.epoch);
  else process.send?.(given.say);
}
