import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header carries `token`. How long it takes tells nothing of how much fits. */
export function isAuthorised(header: string | undefined, token: string): boolean {
  const offered = /^Bearer +(\S+)$/i.exec(header ?? '')?.[1];
  // Digests, because the comparison in constant time needs both sides to be of one length.
  return offered !== undefined && timingSafeEqual(digest(offered), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
