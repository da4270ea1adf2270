import type { Topic } from './topic.ts';

/*
 * uWebSockets.js as the hub uses it. The package's own types take strings, which its binaries for Node 22 and later
 * send as Latin-1 where all characters are below U+0100, and leave out what its binaries have. Here there are bytes only.
 */

/** An app that serves a port; `us_listen_socket` of the package. */
export interface NativeApp {
  /** Calls with 1 when a connection comes, and with -1 when it goes, unless it became a socket. */
  filter(handler: (response: NativeResponse, count: number) => void): void;
  any(pattern: Uint8Array, handler: (response: NativeResponse, request: NativeRequest) => void): void;
  ws<Data>(pattern: Uint8Array, behavior: NativeBehavior<Data>): void;
  publish(topic: Topic, frame: Uint8Array, isBinary: boolean): boolean;
  listen(
    host: Uint8Array,
    port: number,
    options: number,
    listening: (socket: NativePort | false) => void,
  ): void;
  close(): void;
}

/** A listening socket. */
export type NativePort = { readonly nativePort: unique symbol };

/** `HttpRequest` of uWebSockets.js; valid during the call alone that it is given to. */
export interface NativeRequest {
  getUrl(): string;
  getCaseSensitiveMethod(): string;
  getQuery(): string | undefined;
  forEach(header: (name: string, value: string) => void): void;
}

/** `HttpResponse` of uWebSockets.js; not to be touched once it is aborted or ended. */
export interface NativeResponse {
  writeStatus(status: Uint8Array): unknown;
  writeHeader(name: Uint8Array, value: Uint8Array): unknown;
  end(body: Uint8Array, closeConnection: boolean): unknown;
  endWithoutBody(reportedContentLength?: number, closeConnection?: boolean): unknown;
  tryEnd(body: Uint8Array, totalSize: number): [sent: boolean, done: boolean];
  onWritable(handler: (offset: number) => boolean): unknown;
  onAborted(handler: () => void): unknown;
  onData(handler: (chunk: ArrayBuffer, isLast: boolean) => void): unknown;
  /** Ends the connection at once. */
  close(): unknown;
  getRemoteAddressAsText(): ArrayBuffer;
  getProxiedRemoteAddressAsText(): ArrayBuffer;
  cork(work: () => void): unknown;
  upgrade<Data>(
    data: Data,
    key: Uint8Array,
    subprotocol: Uint8Array,
    extensions: Uint8Array,
    context: NativeContext,
  ): void;
}

/** Opaque: given to `upgrade` as it came. */
export type NativeContext = { readonly nativeContext: unique symbol };

/** `WebSocket` of uWebSockets.js; throws when it is touched after its close. */
export interface NativeSocket<Data> {
  getUserData(): Data;
}

/** What uWebSockets.js calls for a path of sockets. */
export interface NativeBehavior<Data> extends NativeSettings {
  upgrade(response: NativeResponse, request: NativeRequest, context: NativeContext): void;
  open(socket: NativeSocket<Data>): void;
  message(socket: NativeSocket<Data>, message: ArrayBuffer, isBinary: boolean): void;
  /** The published types leave it out. Called once for each batch of frames of which some were dropped. */
  dropped(socket: NativeSocket<Data>, message: ArrayBuffer, isBinary: boolean): void;
  close(socket: NativeSocket<Data>): void;
}

/** Settings of a path of sockets; lengths in bytes. */
export interface NativeSettings {
  readonly maxPayloadLength: number;
  readonly maxBackpressure: number;
  /** s */
  readonly idleTimeout: number;
  readonly sendPingsAutomatically: boolean;
  readonly compression: number;
}

/** What is used of the package uWebSockets.js. */
export interface NativeModule {
  readonly DISABLED: number;
  App(): NativeApp;
  SSLApp(options: {
    cert_file_name: Uint8Array;
    key_file_name: Uint8Array;
    ssl_prefer_low_memory_usage: boolean;
  }): NativeApp;
  us_listen_socket_close(socket: NativePort): void;
  us_socket_local_port(socket: NativePort): number;
}

/** @throws what the package throws where it has no binary for this Node, or the system can not load it */
export async function loadNative(): Promise<NativeModule> {
  const { default: native } = await import('uWebSockets.js');
  return native as unknown as NativeModule;
}
