import { unixMsSchema } from '#runtime/schema.ts';
import type { Identity } from '../auth/authenticator.ts';
import { parseEntitlements } from '../auth/entitlements.ts';

/** Who a ticket's owner is, for whichever hub redeems it; the token itself is in no store. */
export function writeTicketPayload({ user, expiresAt, claim }: Identity): string {
  // JSON has no infinity, and leaves out what is undefined.
  return JSON.stringify({ user, claim, ...(Number.isFinite(expiresAt) && { expiresAt }) });
}

/** Undefined when it is none that this version knows, or holds rights that it can not enforce. */
export function readTicketPayload(text: string): Identity | undefined {
  const value = parseJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { user, claim, expiresAt } = value as Record<string, unknown>;
  if (user !== undefined && typeof user !== 'string') return undefined;
  const expires = unixMsSchema.optional().safeParse(expiresAt);
  if (!expires.success) return undefined;
  const parsed = parseEntitlements(claim);
  return parsed.ok
    ? { user, expiresAt: expires.data ?? Number.POSITIVE_INFINITY, claim, entitlements: parsed.entitlements }
    : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever can write to the store can write junk: the ticket is refused
  }
}
