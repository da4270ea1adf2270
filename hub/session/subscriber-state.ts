/**
 * What a client's socket gets just now, and from whom. Within it each symbol has a place of its own: on its delivery
 * group (or joining it, until the group has published what the client holds already), or on a `CatchUp` behind it.
 */
export type SubscriberState =
  /** All symbols are on their groups, which send every update or that of a frequency class. */
  | 'live'
  /** Some symbols are behind their groups: `replays.ts` sends what they miss, as fast as the client reads. */
  | 'catching_up'
  /** Frames were dropped: it gets nothing more until it is taken off its groups, before the next flush round. */
  | 'overflowed'
  /** No symbol is on a group: `slow-consumers.ts` sends rounds of the newest prices, each standing for all before it. */
  | 'conflated'
  /** It reads too slowly even for that: rounds of a `reset` and a snapshot for each symbol. */
  | 'snapshot_only'
  /** It can not go on: an answer was dropped, or even snapshots were too much. The hub is about to close it. */
  | 'ending'
  /** The socket is gone. */
  | 'closed';

export type SubscriberEvent =
  /** A symbol was attached that is behind its group. */
  | 'falls_behind'
  /** The last symbol that was behind has joined its group. */
  | 'catches_up'
  /** The socket dropped frames of updates. */
  | 'overflows'
  /** The socket dropped an answer. */
  | 'loses_answer'
  /** It was taken off its groups. */
  | 'leaves_groups'
  /** What waits for it has not gone down for too long. */
  | 'stalls'
  /** It has read all that it got for long enough. */
  | 'calms'
  /** The socket was closed, by whoever it was. */
  | 'closes';

type Transitions = Readonly<Record<SubscriberState, Partial<Record<SubscriberEvent, SubscriberState>>>>;

/** Every change of state that there is. What is missing can not happen; `nextState` throws when it does. */
export const transitions: Transitions = {
  live: {
    falls_behind: 'catching_up',
    overflows: 'overflowed',
    loses_answer: 'ending',
    closes: 'closed',
  },
  catching_up: {
    falls_behind: 'catching_up',
    catches_up: 'live',
    overflows: 'overflowed',
    loses_answer: 'ending',
    closes: 'closed',
  },
  overflowed: {
    overflows: 'overflowed',
    loses_answer: 'ending',
    leaves_groups: 'conflated',
    closes: 'closed',
  },
  conflated: {
    overflows: 'conflated',
    loses_answer: 'ending',
    stalls: 'snapshot_only',
    calms: 'catching_up',
    closes: 'closed',
  },
  snapshot_only: {
    overflows: 'snapshot_only',
    loses_answer: 'ending',
    stalls: 'ending',
    calms: 'conflated',
    closes: 'closed',
  },
  ending: { overflows: 'ending', loses_answer: 'ending', closes: 'closed' },
  closed: { overflows: 'closed', loses_answer: 'closed', closes: 'closed' },
};

/** @throws Error when `event` can not happen in `state`: a bug of the hub, which ends that session alone */
export function nextState(state: SubscriberState, event: SubscriberEvent): SubscriberState {
  const next = transitions[state][event];
  if (next === undefined) throw new Error(`a session that is ${state} ${event}`);
  return next;
}
