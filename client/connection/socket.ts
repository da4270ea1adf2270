/** The part of a WebSocket that the SDK uses; the browser's and that of the `ws` package both have it. */
export interface ClientSocket {
  binaryType: string;
  send(data: string | Uint8Array): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code: number }) => void): void;
  addEventListener(type: 'error', listener: (event: object) => void): void;
}

/** A WebSocket class, the runtime's own or that of the package `ws`. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => ClientSocket;

/** Why `connect` or `subscribe` can not do what it was asked; the message says what to do. */
export class ClientUsageError extends Error {
  override readonly name = 'ClientUsageError';
}

/**
 * The constructor to use: the one that is given, or else the runtime's own.
 * @throws ClientUsageError when there is neither (Node before version 22 has none)
 */
export function resolveWebSocket(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const resolved = given ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (resolved !== undefined) return resolved;
  throw new ClientUsageError(
    "This runtime has no WebSocket. Pass that of the ws package: import WebSocket from 'ws'; connect(url, { webSocket: WebSocket })",
  );
}

/**
 * What an `error` event of a socket says; browsers keep the reason to themselves. A host with several addresses fails
 * in Node with an error that has a code only.
 */
export function problemOf(event: object): string | undefined {
  const { message, error } = event as { readonly message?: unknown; readonly error?: { code?: unknown } };
  const problem = message || error?.code;
  return typeof problem === 'string' ? problem : undefined;
}
