import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a text is signed as; a signature for one purpose is good for no other. */
export type SignedPurpose = 'node' | 'ticket';

/** Signs what hubs keep in Redis for one another, so that whoever can write to Redis can make none of it. */
export interface Signer {
  /** The text with its signature in front. */
  seal(purpose: SignedPurpose, text: string): string;
  /** The text of what was sealed for this purpose with one of the keys; undefined for all else. Does not throw. */
  open(purpose: SignedPurpose, sealed: string): string | undefined;
}

/** Characters of a signature: the 256 bits of HMAC-SHA-256 (RFC 2104) as base64url without padding. */
export const signatureLength = 43;

/**
 * @param keys the first signs, all of them verify: while a key is changed, hubs with the new one take what those with
 * the old one signed. None: a key is made that nobody else has
 */
export function createSigner(keys: readonly string[]): Signer {
  const [first = randomBytes(32).toString('base64url'), ...others] = keys;
  const signatureOf = (key: string, purpose: SignedPurpose, text: string): string =>
    createHmac('sha256', key).update(`${purpose}\0${text}`).digest('base64url');
  return {
    seal: (purpose, text) => signatureOf(first, purpose, text) + text,
    open(purpose, sealed) {
      const shown = Buffer.from(sealed.slice(0, signatureLength));
      const text = withoutSignature(sealed);
      const good = [first, ...others].map((key) => {
        const expected = Buffer.from(signatureOf(key, purpose, text));
        return shown.length === expected.length && timingSafeEqual(shown, expected);
      });
      return good.includes(true) ? text : undefined;
    },
  };
}

/** The text of a sealed one, whoever sealed it. */
export function withoutSignature(sealed: string): string {
  return sealed.slice(signatureLength);
}
