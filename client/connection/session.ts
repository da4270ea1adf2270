import { ClientUsageError } from './socket.ts';

/** The part of `fetch` that the SDK uses. */
export type SessionFetch = (
  url: string,
  init: {
    readonly method: 'POST';
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
) => Promise<{ readonly status: number; json(): Promise<unknown> }>;

/** One request for a session, with how it is made and ended. */
export interface SessionRequest {
  /** Where `POST /session` is. */
  readonly url: string;
  /** Undefined: the hub wants none. */
  readonly token: string | undefined;
  readonly fetch: SessionFetch;
  /** Ends the wait for the answer. */
  readonly signal: AbortSignal;
}

/** Why there is no session. `again`: another attempt may have one. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly again: boolean;
  constructor(message: string, again: boolean) {
    super(message);
    this.again = again;
  }
}

/**
 * Asks for a session; returns the address of its socket, which is good once and for half a minute.
 * @throws SessionError when the hub gives none
 * @throws whatever `fetch` does when the hub can not be reached
 */
export async function requestSession({ url, token, fetch, signal }: SessionRequest): Promise<string> {
  const headers: Record<string, string> = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const response = await fetch(url, { method: 'POST', headers, signal });
  if (response.status !== 200)
    throw new SessionError(`the answer was ${response.status}`, response.status !== 401);
  const { websocket_url: address } = (await response.json()) as { readonly websocket_url?: unknown };
  if (typeof address === 'string' && /^wss?:\/\/[^/]/.test(address) && URL.canParse(address)) return address;
  throw new SessionError('the answer names no WebSocket address', true);
}

/**
 * The address to ask for a session.
 * @param sessionUrl may be relative to the hub's own, e.g. `/session`
 * @param url of the hub's sockets
 * @throws ClientUsageError
 */
export function sessionUrlOf(sessionUrl: string, url: string): string {
  const base = url.replace(/^ws/, 'http');
  if (URL.canParse(sessionUrl, base)) return new URL(sessionUrl, base).href;
  throw new ClientUsageError(`"${sessionUrl}" is no address; it should look like /session`);
}
