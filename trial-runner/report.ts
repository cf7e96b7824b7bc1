import type {CurvePoint} from '../search/early-stopping/early-stopping.ts';
import {controlMessage, type ControlMessage, type TrialMessage} from '../api/protocol.ts';

type Event = Extract<TrialMessage, {kind: 'event'}>['event'];

/** Tells the operator how the trial goes. Hints only: the termination record is what counts. */
export interface Reporter {
  event(event: Event, message: string): void;
  epoch(point: CurvePoint): void;
  /** Resolves once the message is on its way. */
  result(step: number): Promise<void>;
}

/** The part of `process` that a local reporter uses: the channel of a child to its parent. */
export interface Channel {
  send?: ((message: unknown, sent: (error: Error | null) => void) => boolean) | undefined;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

export interface ChannelListener {
  stop(message: ControlMessage): void;
  /** The parent is gone. */
  disconnect(): void;
}

/** Reports over the channel of a child process; without one it is silent. Must be made before anything else may block. */
export function channelReporter(channel: Channel, listener: ChannelListener): Reporter {
  let events = 0;
  const send = (message: TrialMessage): Promise<void> =>
    new Promise((resolve) => {
      if (channel.send === undefined) resolve();
      else
        channel.send(message, () => {
          resolve();
        });
    });
  if (channel.send !== undefined) {
    channel.on('disconnect', () => {
      listener.disconnect();
    });
    channel.on('message', (message) => {
      const control = controlMessage.safeParse(message);
      if (control.success) listener.stop(control.data);
    });
  }
  return {
    event(event, message) {
      void send({kind: 'event', step: events, event, message: message.slice(0, 512)});
      events += 1;
    },
    epoch(point) {
      void send({kind: 'epoch', step: point.epoch, point});
    },
    result: (step) => send({kind: 'result', step}),
  };
}
