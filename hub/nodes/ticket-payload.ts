import type { Identity } from '#hub/auth/authenticator.ts';
import { tokenSecondsMax, userLengthMax } from '#hub/auth/claims.ts';
import { parseEntitlements } from '#hub/auth/entitlements.ts';
import { parseJsonAs, textSchema, z } from '#runtime/schema.ts';

/** Who a ticket's owner is, for whichever hub redeems it; the token itself is in no store. */
export function writeTicketPayload({ user, expiresAt, claim }: Identity): string {
  // JSON has no infinity, and leaves out what is undefined.
  return JSON.stringify({ user, claim, ...(Number.isFinite(expiresAt) && { expiresAt }) });
}

const schema: z.ZodType<Pick<Partial<Identity>, 'user' | 'expiresAt' | 'claim'>> = z.object({
  user: z.exactOptional(textSchema(userLengthMax)),
  expiresAt: z.exactOptional(
    z
      .number()
      .min(0)
      .max(tokenSecondsMax * 1000),
  ),
  claim: z.unknown().optional(),
});

/**
 * Undefined when it is none that this version knows, a number or text in it is out of its range, or it holds rights that
 * can not be enforced. Does not throw.
 */
export function readTicketPayload(text: string): Identity | undefined {
  const ticket = parseJsonAs(schema, text);
  if (ticket === undefined) return undefined;
  const { user, claim, expiresAt = Number.POSITIVE_INFINITY } = ticket;
  const parsed = parseEntitlements(claim);
  return parsed.ok ? { user, expiresAt, claim, entitlements: parsed.entitlements } : undefined;
}
