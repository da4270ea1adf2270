import type { Frame } from '#protocol/codec.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { GroupMember } from './group-member.ts';

/** When groups publish; see flusher.ts. */
export interface FlushQueue {
  /** Grows when everything published before is known to have reached the sockets' buffers or been dropped. */
  readonly flushRound: number;
  /** Asks for the group's next time: the next turn, or the turn of its phase. */
  enqueue(group: QueuedGroup): void;
  /** Looks at the group whenever its phase comes round, until `dismiss`: it needs not ask. */
  attend(group: QueuedGroup): void;
  dismiss(group: QueuedGroup): void;
  /** Asks for the next turn, whatever the group's phase. */
  enqueueNow(group: QueuedGroup): void;
}

/** What the queue needs of a group. */
export interface QueuedGroup extends DirectGroup {
  /** It is among the groups that have frames to publish; owned by the flusher. */
  due: boolean;
  readonly classMs: FrequencyClassMs;
  readonly phase: number;
  /** Publishes the first of the frames that wait. */
  publishNext(): void;
  /** Nothing is left to publish: the next tick asks for another time. */
  dequeued(): void;
}

/** What is needed of a group to send its next update to each of its few sockets. */
export interface DirectGroup {
  /** Frames that wait to be published. */
  readonly pending: number;
  /** The sockets to send to; undefined where `publishNext` has to do it. */
  readonly direct: readonly GroupMember[] | undefined;
  /** The next update, in the format of one of them; the bytes are good until the next frame is encoded. */
  nextFor(member: GroupMember): Frame;
  /** It was sent to all of them. */
  sentNext(): void;
}
