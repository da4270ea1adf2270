import type { Session } from '#hub/session/session.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import { DeliveryGroup, type DeliveryGroupDeps } from './delivery-group.ts';
import type { FlushQueue } from './flush-queue.ts';
import { sharedSlotOf } from './flusher.ts';
import type { Held } from './held.ts';
import { slotOf } from './restriction.ts';

/** Puts sockets on groups and takes them off; a group exists while it has members. */
export interface DeliveryGroups {
  /**
   * The session holds everything up to the feed's newest tick and goes on live; a restricted one may hold less, and gets
   * that when its window ends. Undefined while the group has frames waiting that the session must not get.
   * @param held what it holds; left out: everything
   */
  join(session: Session, feed: SymbolFeed, classMs: FrequencyClassMs, held?: Held): DeliveryGroup | undefined;
  /** Returns what the session holds. */
  leave(session: Session, group: DeliveryGroup): Held;
}

export function createDeliveryGroups(deps: DeliveryGroupDeps): DeliveryGroups {
  return {
    join(session, feed, classMs, held) {
      const { restriction, number } = session;
      const isRestricted = restriction !== undefined;
      const phase = isRestricted ? slotOf(restriction, classMs) : sharedSlotOf(classMs, number);
      const group =
        findGroup(feed, classMs, phase, isRestricted) ??
        addGroup(new DeliveryGroup(feed, { classMs, phase, isRestricted }, deps), deps.queue);
      return group.join(session, held) ? group : undefined;
    },
    leave(session, group) {
      const held = group.leave(session);
      if (group.empty) removeGroup(group, deps.queue);
      return held;
    },
  };
}

function findGroup(
  feed: SymbolFeed,
  classMs: number,
  phase: number,
  isRestricted: boolean,
): DeliveryGroup | undefined {
  return feed.groups.find(
    (group) => group.classMs === classMs && group.phase === phase && group.isRestricted === isRestricted,
  );
}

function addGroup(group: DeliveryGroup, queue: FlushQueue): DeliveryGroup {
  const { feed } = group;
  feed.groups = [...feed.groups, group];
  if (group.asks) feed.asking = [...feed.asking, group];
  else queue.attend(group);
  return group;
}

function removeGroup(group: DeliveryGroup, queue: FlushQueue): void {
  const { feed } = group;
  feed.groups = feed.groups.filter((other) => other !== group);
  if (group.asks) feed.asking = feed.asking.filter((other) => other !== group);
  else queue.dismiss(group);
}
