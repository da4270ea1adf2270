import type { Identity } from '#hub/auth/authenticator.ts';
import { type FrequencyClassMs, frequencyClassesMs, frequencyClassOf } from '#protocol/frequency.ts';
import { slotsOf } from './phases.ts';

/** What `frequency_min` of a token restricts: the user's class, and the one moment in each of its windows. */
export interface Restriction {
  readonly classMs: FrequencyClassMs;
  /** Of the user's name, 0 … 2^32 - 1: it has one phase, on all of its sockets, at every hub. */
  readonly hash: number;
}

/** Undefined for a user who may have every update. */
export function restrictionOf({ user = '', entitlements }: Identity): Restriction | undefined {
  const classMs = frequencyClassOf(entitlements.frequencyMinMs);
  return classMs === 0 ? undefined : { classMs, hash: hashOf(user) };
}

/** The slot of a class in which the user is served (`flusher.ts`). Where a class is a multiple of the user's own, its
 *  moments are among those of that. */
export function slotOf({ hash }: Restriction, classMs: FrequencyClassMs): number {
  return hash % slotsOf(classMs);
}

/**
 * The class that serves a wish (ms) of a restricted user: one whose windows end together with some of the user's own.
 * In 5000 ms, for one who may have 2000, every second one would end in the middle of such a window.
 */
export function restrictedClassOf({ classMs }: Restriction, wishMs: number): FrequencyClassMs {
  const fits = (wider: FrequencyClassMs): boolean =>
    wider >= wishMs && wider >= classMs && wider % classMs === 0;
  return frequencyClassesMs.find(fits) ?? classMs;
}

/** FNV-1a, 32 bits: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
