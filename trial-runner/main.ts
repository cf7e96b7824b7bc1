import {environment, type TrialAssignment} from '../api/protocol.ts';
import {readAssignment} from './assignment.ts';
import {openBackend} from './backend.ts';
import {openConnections} from './connections.ts';
import {parseMounts} from './data/mounts.ts';
import {failureOf} from './failure.ts';
import {Interruptions} from './interruption.ts';
import {RecordKeeper} from './record.ts';
import type {ChannelListener, Reporter} from './report.ts';
import {runTrial} from './runner.ts';
import {terminationLog} from './termination.ts';

/** Exit code when the parent process has gone: nobody is left to take a result. */
const orphaned = 75;
const uptime = (): number => process.uptime();

async function main(): Promise<number> {
  const {env} = process;
  const early = {metric: 'accuracy', goal: 'Maximize'};
  let assignment: TrialAssignment;
  try {
    assignment = readAssignment(env);
  } catch (error) {
    new RecordKeeper(terminationLog(env[environment.terminationLog], early)).fail(failureOf(error));
    return told(error);
  }
  const record = new RecordKeeper(terminationLog(env[environment.terminationLog], assignment.objectives[0] ?? early));
  const interruptions = new Interruptions(assignment.spec.deadlineSeconds, uptime);
  process.on('SIGTERM', () => {
    interruptions.tell({reason: 'Cancelled', why: 'SIGTERM: the trial was asked to end'});
  });
  process.on('SIGINT', () => {
    // Ctrl-C reaches the children of a terminal's process too; there the parent decides.
    if (!process.connected) interruptions.tell({reason: 'Cancelled', why: 'SIGINT: the trial was asked to end'});
  });
  const listener: ChannelListener = {
    stop: ({why}) => {
      interruptions.tell({reason: 'StoppedEarly', why});
    },
    disconnect: () => process.exit(orphaned),
  };
  let reporter: Reporter | undefined;
  try {
    const connections = openConnections({env, channel: process, assignment, listener});
    ({reporter} = connections);
    const mounts = parseMounts(env[environment.mounts]);
    const backend = await openBackend(assignment.threads);
    const blobs = connections.blobs(backend);
    const eager = env[environment.eager] === '1';
    await runTrial(assignment, {backend, mounts, blobs, record, reporter, interruptions, uptime, eager, log});
    await reporter.result(record.current.epochs ?? 0);
    return 0;
  } catch (error) {
    record.fail(failureOf(error));
    await reporter?.result(record.current.epochs ?? 0);
    return told(error);
  }
}

function log(message: string): void {
  process.stderr.write(`${message}\n`);
}

function told(error: unknown): number {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

// Not process.exitCode alone: the channel to the parent would keep the process alive.
process.exit(await main());
