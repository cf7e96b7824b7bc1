import type {Stored} from '../api/meta.ts';
import {annotations} from '../api/pod.ts';
import type {Pod} from '../api/pod.ts';
import type {Attempt, Trial} from '../api/trial.ts';

type Time = string | undefined;

/** Seconds from one to the other, in milliseconds at best; 0 where two clocks, or whole seconds, put the end first. */
function between(start: Time, end: Time): number | undefined {
  if (start === undefined || end === undefined) return undefined;
  const seconds = (Date.parse(end) - Date.parse(start)) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}

const scheduledAt = ({status}: Pod): Time =>
  status?.conditions?.find(({type, status: holds}) => type === 'PodScheduled' && holds === 'True')?.lastTransitionTime;

function runningAt({status}: Pod): Time {
  const {running, terminated} = status?.containerStatuses?.[0]?.state ?? {};
  return running?.startedAt ?? terminated?.startedAt;
}

/** What a trial's next attempt waits from: its own beginning, or the end of the attempt before. */
const waitingSince = ({metadata, status}: Stored<Trial>): string =>
  status?.attempts?.at(-1)?.finishedAt ?? metadata.creationTimestamp;

/** How long an attempt waited, stage by stage, read off its Pod before that goes. */
export function waitedBy(pod: Stored<Pod>, trial: Stored<Trial>): Pick<Attempt, 'waited'> {
  const admittedAt = pod.metadata.annotations?.[annotations.admittedAt];
  const stages = {
    admission: between(waitingSince(trial), admittedAt),
    scheduling: between(admittedAt, scheduledAt(pod)),
    starting: between(scheduledAt(pod), runningAt(pod)),
  };
  const known = Object.entries(stages).filter(([, seconds]) => seconds !== undefined);
  return known.length === 0 ? {} : {waited: Object.fromEntries(known)};
}
