import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import { DeliveryGroup, type DeliveryGroupDeps } from './delivery-group.ts';
import type { FlushQueue } from './flush-queue.ts';
import type { GroupMember } from './group-member.ts';
import type { Held } from './held.ts';
import { sharedSlotOf } from './phases.ts';
import { slotOf } from './restriction.ts';

/** Puts sockets on groups and takes them off; a group exists while it has members. */
export interface DeliveryGroups {
  /**
   * The member holds everything up to the feed's newest tick and goes on live; a restricted one may hold less, and gets
   * that when its window ends. Undefined while the group has frames waiting that the member must not get.
   * @param held what it holds; left out: everything
   */
  join(
    member: GroupMember,
    feed: SymbolFeed,
    classMs: FrequencyClassMs,
    held?: Held,
  ): DeliveryGroup | undefined;
  /** Returns what the member holds. */
  leave(member: GroupMember, group: DeliveryGroup): Held;
}

export function createDeliveryGroups(deps: DeliveryGroupDeps): DeliveryGroups {
  return {
    join(member, feed, classMs, held) {
      const { restriction, number } = member;
      const isRestricted = restriction !== undefined;
      const phase = isRestricted ? slotOf(restriction, classMs) : sharedSlotOf(classMs, number);
      const group =
        findGroup(feed, classMs, phase, isRestricted) ??
        addGroup(new DeliveryGroup(feed, { classMs, phase, isRestricted }, deps), deps.queue);
      return group.join(member, held) ? group : undefined;
    },
    leave(member, group) {
      const held = group.leave(member);
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
  for (const group of feed.followers)
    if (
      group instanceof DeliveryGroup &&
      group.classMs === classMs &&
      group.phase === phase &&
      group.isRestricted === isRestricted
    )
      return group;
  return undefined;
}

function addGroup(group: DeliveryGroup, queue: FlushQueue): DeliveryGroup {
  const { feed } = group;
  feed.followers = [...feed.followers, group];
  if (group.asks) feed.asking = [...feed.asking, group];
  else queue.attend(group);
  return group;
}

function removeGroup(group: DeliveryGroup, queue: FlushQueue): void {
  const { feed } = group;
  feed.followers = feed.followers.filter((other) => other !== group);
  if (group.asks) feed.asking = feed.asking.filter((other) => other !== group);
  else queue.dismiss(group);
}
