import type { PriceUpdate, SubscribedSymbol } from '#protocol/messages.ts';
import { type Position, parsePosition } from '#protocol/position.ts';

/**
 * The reference judge: what PROTOCOL.md promises a subscriber of one symbol, rule by rule. Each function takes what is
 * held before a message and gives what is held after it, with the rule that the message broke, if any. Everything
 * else that judges a hub uses these functions, or is tested against them. No code of the hub or of the SDK is in
 * here, so that a mistake of theirs is not repeated.
 *
 * Rules of a connection
 *  1. Nothing comes of a symbol before `subscribed` names it on this connection (`not_subscribed`).
 *  2. What is held outlives the connection. A position whose snapshot has not come is not held.
 *
 * Rules of a place, which `subscribed` and `reset` tell, and nothing else
 *  3. A position is well formed (`malformed`).
 *  4. `subscribed` and `reset` with a position: the next update is the snapshot of that very position
 *     (`missing_snapshot`). For tokens that limit the frequency it may be later; such clients are not judged.
 *  5. `subscribed` or `reset` without a position, or with `recovered` false: a position is told before the next update
 *     (`missing_reset`).
 *  6. `recovered` true: something is held, in the same epoch and not beyond the position told (`false_recovery`).
 *     What is held stays, and the next update continues it.
 *  7. `begins`: the symbol is held without a position, and the position told has number 0 (`false_beginning`).
 *
 * Rules of an update, which covers the numbers `from` to `seq`
 *  8. `from` is not above `seq` (`malformed`).
 *  9. `from` is at most one above what is held (`gap`).
 * 10. It brings something new, or is a snapshot (`duplicate`).
 * 11. It brings only what is new, or is a snapshot (`overlap`).
 * 12. A snapshot does not go back behind what is held (`old_snapshot`).
 *
 * After a broken rule the judge continues from what the hub said, so that one mistake is counted once. What broke rule
 * 1, 5 or 8 changes nothing.
 */
export const violationKinds = [
  'not_subscribed',
  'malformed',
  'missing_snapshot',
  'missing_reset',
  'false_recovery',
  'false_beginning',
  'gap',
  'duplicate',
  'overlap',
  'old_snapshot',
] as const;
/** The rule that a message broke. */
export type ViolationKind = (typeof violationKinds)[number];

/** What a subscriber holds of one symbol. */
export interface Coverage {
  /** Everything up to here was received, or reported as missing; undefined = no position is known. */
  readonly place: Position | undefined;
  /** What has to come before, or as, the next update. `subscribed`: on this connection it has not come yet. */
  readonly due: 'subscribed' | 'reset' | 'snapshot' | 'nothing';
  /** After a recovery: updates up to this number were missed and are replayed; -1 = none. */
  readonly replayTo: number;
}

/** What a message changed, and whether it was allowed. */
export interface Judgement {
  readonly held: Coverage;
  /** Numbers that the message brought and that were not held before; 0 for the snapshot that was due. */
  readonly covered: number;
  readonly violation?: { readonly kind: ViolationKind; readonly text: string };
}

/** A symbol that was asked for the first time. */
export const nothingHeld: Coverage = { place: undefined, due: 'subscribed', replayTo: -1 };

/** The connection begins, and asks for what came after `place`. */
export function resuming(place: Position): Coverage {
  return { place, due: 'subscribed', replayTo: -1 };
}

/** The connection has ended (rule 2). */
export function disconnected({ place, due }: Coverage): Coverage {
  const isHeld = place !== undefined && (due === 'nothing' || due === 'subscribed');
  return isHeld ? resuming(place) : nothingHeld;
}

/** Whether everything up to `position` is held; another epoch counts as not. */
export function holds({ place, due }: Coverage, position: Position): boolean {
  const isHeld = due === 'nothing' || due === 'subscribed';
  return isHeld && place?.epoch === position.epoch && place.seq >= position.seq;
}

/** `subscribed` names the symbol: rules 3 to 7. */
export function subscribed(held: Coverage, answer: SubscribedSymbol): Judgement {
  const position = parsePosition(answer.position);
  if (position === undefined && answer.position !== undefined) return malformedPosition(answer.position);
  if (answer.begins) return begins(held, position);
  if (answer.recovered === true) return recovered(held, position);
  return ok(placedAt(position, answer.recovered === false ? 'reset' : 'snapshot'));
}

/** A `reset` of the symbol: rules 1, 3 to 5. @param told its `position` */
export function reset(held: Coverage, told: string | undefined): Judgement {
  if (held.due === 'subscribed') return broken(held, 'not_subscribed', `reset to ${told}`);
  const position = parsePosition(told);
  if (position === undefined && told !== undefined) return malformedPosition(told);
  return ok(placedAt(position, 'snapshot'));
}

/** An update of the symbol: rules 1, 4, 5, 8 to 12. */
export function update(held: Coverage, { seq, from = seq, snapshot }: PriceUpdate): Judgement {
  const { place, due } = held;
  if (due === 'subscribed') return broken(held, 'not_subscribed', `update ${seq}`);
  if (from > seq) return broken(held, 'malformed', `from ${from} to ${seq}`);
  if (due === 'reset' || place === undefined) return broken(held, 'missing_reset', `before update ${seq}`);

  const after: Coverage = { ...held, place: { ...place, seq: Math.max(place.seq, seq) }, due: 'nothing' };
  const what = `${from === seq ? seq : `${from} to ${seq}`}, after ${place.seq}`;
  if (due === 'snapshot')
    return snapshot && seq === place.seq
      ? ok(after)
      : broken(after, 'missing_snapshot', `of ${place.epoch}-${place.seq}, got ${seq} instead`);
  if (seq <= place.seq) {
    if (!snapshot) return broken(after, 'duplicate', what);
    return seq < place.seq ? broken(after, 'old_snapshot', what) : ok(after);
  }
  const covered = seq - Math.max(place.seq, from - 1);
  if (from > place.seq + 1)
    return broken(after, 'gap', `${place.seq + 1} to ${from - 1} are missing`, covered);
  if (from <= place.seq && !snapshot) return broken(after, 'overlap', what, covered);
  return ok(after, covered);
}

function begins(held: Coverage, position: Position | undefined): Judgement {
  const after = placedAt(position, 'snapshot');
  if (held.due === 'reset' && held.place === undefined && position?.seq === 0) return ok(after);
  return broken(after, 'false_beginning', `at ${position?.seq}, after ${held.place?.seq}`);
}

function recovered({ place, due }: Coverage, newest: Position | undefined): Judgement {
  const isHeld = place !== undefined && (due === 'nothing' || due === 'subscribed');
  if (isHeld && newest?.epoch === place.epoch && newest.seq >= place.seq)
    return ok({ place, due: 'nothing', replayTo: newest.seq });
  const after: Coverage = { place, due: place === undefined ? 'reset' : 'nothing', replayTo: -1 };
  return broken(
    after,
    'false_recovery',
    `up to ${newest?.epoch}-${newest?.seq}, holds ${place?.epoch}-${place?.seq}`,
  );
}

function malformedPosition(told: string): Judgement {
  return broken(placedAt(undefined, 'reset'), 'malformed', `position ${told}`);
}

function placedAt(place: Position | undefined, due: 'reset' | 'snapshot'): Coverage {
  return { place, due: place === undefined ? 'reset' : due, replayTo: -1 };
}

function ok(held: Coverage, covered = 0): Judgement {
  return { held, covered };
}

function broken(held: Coverage, kind: ViolationKind, text: string, covered = 0): Judgement {
  return { held, covered, violation: { kind, text } };
}
