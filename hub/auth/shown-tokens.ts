import { tokenEntryPrefix } from '#protocol/codec.ts';

/**
 * The tokens in a handshake.
 * @param authorization the header of that name; other schemes than Bearer are somebody else's
 * @param offered the header `Sec-WebSocket-Protocol`: names with commas
 */
export function shownTokens(authorization: string, offered: string): readonly string[] {
  const entries = offered.split(',').map((name) => name.trim());
  const tokens = entries
    .filter((name) => name.startsWith(tokenEntryPrefix))
    .map((name) => name.slice(tokenEntryPrefix.length));
  const bearer = bearerToken(authorization);
  return bearer === undefined ? tokens : [bearer, ...tokens];
}

/** The token in an `Authorization` header; undefined when there is none. */
export function bearerToken(authorization: string): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
