import { tokenEntryPrefix } from '#protocol/codec.ts';

/** What a client shows in its handshake to say who it is; a secret either way. */
export interface Credential {
  readonly kind: 'token' | 'ticket';
  readonly secret: string;
}

/**
 * The tokens and the ticket in a handshake.
 * @param authorization the header of that name; other schemes than Bearer are somebody else's
 * @param offered the header `Sec-WebSocket-Protocol`: names with commas
 * @param ticket that of the address; undefined when it has none
 */
export function credentialsIn(
  authorization: string,
  offered: string,
  ticket: string | undefined,
): readonly Credential[] {
  const entries = offered.split(',').map((name) => name.trim());
  const tokens = entries
    .filter((name) => name.startsWith(tokenEntryPrefix))
    .map((name) => name.slice(tokenEntryPrefix.length));
  const bearer = bearerToken(authorization);
  const credentials = (bearer === undefined ? tokens : [bearer, ...tokens]).map(
    (secret): Credential => ({ kind: 'token', secret }),
  );
  return ticket === undefined ? credentials : [{ kind: 'ticket', secret: ticket }, ...credentials];
}

/** The token in an `Authorization` header; undefined when there is none. */
export function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
