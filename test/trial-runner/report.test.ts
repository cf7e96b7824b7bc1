import assert from 'node:assert/strict';
import {EventEmitter} from 'node:events';
import {describe, it} from 'node:test';
import {trialMessage} from '../../api/protocol.ts';
import {channelReporter, type Channel} from '../../trial-runner/report.ts';

/** A channel in memory: what was sent, and a hand to send back. */
class MemoryChannel extends EventEmitter implements Channel {
  readonly sent: unknown[] = [];
  send(message: unknown, done: (error: Error | null) => void): boolean {
    this.sent.push(message);
    done(null);
    return true;
  }
}

const listen = (channel: Channel) => {
  const heard: string[] = [];
  const reporter = channelReporter(channel, {
    stop: ({why}) => heard.push(`stop: ${why}`),
    disconnect: () => heard.push('disconnect'),
  });
  return {reporter, heard};
};

describe('A reporter over the channel to the parent', () => {
  it('sends messages of the protocol, however long the text', async () => {
    const channel = new MemoryChannel();
    const {reporter} = listen(channel);
    reporter.event('Started', 'x'.repeat(1000));
    reporter.event('DataLoaded', 'two');
    reporter.epoch({epoch: 7, values: {accuracy: 0.5}});
    await reporter.result(7);
    const steps = channel.sent
      .map((message) => trialMessage.parse(message))
      .map(({kind, step}) => `${kind} ${String(step)}`);
    assert.deepEqual(steps, ['event 0', 'event 1', 'epoch 7', 'result 7']);
  });

  it('hears stop and disconnect, and nothing that is not of the protocol', () => {
    const channel = new MemoryChannel();
    const {heard} = listen(channel);
    for (const message of [{kind: 'stop'}, {kind: 'go', why: 'x'}, 'stop', null, {kind: 'stop', why: 'enough'}])
      channel.emit('message', message);
    channel.emit('disconnect');
    assert.deepEqual(heard, ['stop: enough', 'disconnect']);
  });

  it('is silent without a channel', async () => {
    const {reporter, heard} = listen(new EventEmitter());
    reporter.event('Started', 'alone');
    await reporter.result(0);
    assert.deepEqual(heard, []);
  });
});
