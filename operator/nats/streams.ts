import {AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, nanos} from 'nats';
import type {ConsumerConfig, JetStreamManager, KvOptions, StreamConfig} from 'nats';
import {chunkBytes} from '../../api/blob.ts';
import {maximumMessageBytes, stores} from '../../api/subjects.ts';
import {controlLimits} from '../store-limits.ts';
import type {StoreLimits} from '../store-limits.ts';
import {isMissing} from './connection.ts';

type NamedStream = Partial<StreamConfig> & {name: string};

/** JetStream counts a message's headers as part of it. */
const headerBytes = 1024;

export const messageStream = (limits: StoreLimits): NamedStream => ({
  name: stores.messages.stream,
  subjects: [...stores.messages.subjects],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.Old,
  max_age: nanos(limits.messageAgeSeconds * 1000),
  max_bytes: limits.messageBytes,
  max_msg_size: maximumMessageBytes + headerBytes,
  // who says too much loses messages of its own first
  max_msgs_per_subject: limits.messagesOfOneTrial,
  duplicate_window: nanos(limits.duplicateWindowSeconds * 1000),
  num_replicas: limits.replicas,
  allow_direct: true,
});

export const blobStream = (limits: StoreLimits): NamedStream => ({
  name: stores.blobs.stream,
  subjects: [...stores.blobs.subjects],
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_age: nanos(limits.blobAgeSeconds * 1000),
  max_bytes: limits.blobBytes,
  max_msg_size: chunkBytes + headerBytes,
  max_msgs_per_subject: 1,
  num_replicas: limits.replicas,
  allow_direct: true,
});

export const controlBucket = (limits: StoreLimits): Partial<KvOptions> => ({
  history: 1,
  ttl: controlLimits.ageSeconds * 1000,
  max_bytes: controlLimits.bytes,
  maxValueSize: maximumMessageBytes,
  replicas: limits.replicas,
  allow_direct: true,
});

/** Everything from the start, or from `from`: what comes twice changes nothing. It is forgotten once nobody has asked for so long. */
export const messageConsumer = (from: Date | undefined, inactiveMilliseconds: number): Partial<ConsumerConfig> => ({
  ack_policy: AckPolicy.None,
  mem_storage: true,
  num_replicas: 1,
  inactive_threshold: nanos(inactiveMilliseconds),
  ...(from === undefined
    ? {deliver_policy: DeliverPolicy.All}
    : {deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString()}),
});

/** Makes a stream, or brings it to today's limits. */
export async function makeStream(manager: JetStreamManager, config: NamedStream): Promise<void> {
  try {
    await manager.streams.info(config.name);
  } catch (error) {
    if (!isMissing(error)) throw error;
    await manager.streams.add(config);
    return;
  }
  const {retention: _retention, storage: _storage, ...changeable} = config;
  await manager.streams.update(config.name, changeable);
}
