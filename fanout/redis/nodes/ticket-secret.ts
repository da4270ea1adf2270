import { createHash, randomBytes } from 'node:crypto';

/** 256 bits: nobody guesses one. */
const secretBytes = 32;

/** Characters of a ticket's secret. */
export const ticketLength = 43;

/** A new secret, of characters that a URL may hold. */
export function mintTicketSecret(): string {
  return randomBytes(secretBytes).toString('base64url');
}

/** Under which a ticket is kept: whoever can read the store finds no secret that opens anything. */
export function ticketDigest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
