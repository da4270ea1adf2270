import type { Publish } from '#hub/delivery/group-members.ts';
import { type Topic, topicOf } from '#hub/listener/topic.ts';
import type { Session } from '#hub/session/session.ts';
import { codecs } from '#protocol/codec.ts';
import type { HeartbeatMessage } from '#protocol/messages.ts';

/** How often a socket hears from the hub; ms. */
export interface HeartbeatLimits {
  /** Every socket gets a heartbeat this often. */
  readonly heartbeatMs: number;
}

/** Groups of sockets that get their heartbeat at the same moment: spreads the writes. */
const groups = 10;

/** A sign of life for every socket, so that clients can tell a quiet market from a dead connection. */
export interface Heartbeats {
  /** Time between two beats. */
  readonly beatMs: number;
  join(session: Session): void;
  /** Sends the heartbeat of the group whose turn it is. */
  beat(): void;
}

/** How heartbeats are published, and the time that they carry. */
export interface HeartbeatDeps {
  readonly publish: Publish;
  /** Unix ms. */
  readonly now: () => number;
}

/** Needs `beat` every `beatMs`: each sends to one tenth of the sockets. */
export function createHeartbeats(deps: HeartbeatDeps, limits: HeartbeatLimits): Heartbeats {
  let beats = 0;
  return {
    beatMs: limits.heartbeatMs / groups,
    join(session) {
      session.joinTopic(topicOfGroup(session.number % groups, session.format));
    },
    beat() {
      const message: HeartbeatMessage = { type: 'heartbeat', time: new Date(deps.now()).toISOString() };
      const group = beats++ % groups;
      for (const { format, binary, encode } of Object.values(codecs))
        deps.publish(topicOfGroup(group, format), encode(message), binary);
    },
  };
}

/** No symbol begins with a blank: a heartbeat's topic is never a group's. */
function topicOfGroup(group: number, format: string): Topic {
  return topicOf(` heartbeat ${group} ${format}`);
}
