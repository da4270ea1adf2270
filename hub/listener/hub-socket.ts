import type { Frame } from '#protocol/codec.ts';
import type { Topic } from './topic.ts';

/**
 * One client's WebSocket. It must not be touched after its `closed`. Bytes and never strings are sent: what a
 * uWebSockets.js makes of a string depends on its version.
 */
export interface HubSocket {
  /** 0 = sent but buffering, 1 = sent, 2 = dropped because the buffer is above its limit. */
  send(frame: Frame, isBinary: boolean): number;
  /** Bytes that wait for the client to read. */
  getBufferedAmount(): number;
  subscribe(topic: Topic): boolean;
  unsubscribe(topic: Topic): boolean;
  /** Gathers everything that `send` does inside `work` into one write. */
  cork(work: () => void): unknown;
  /** Sends a close frame; `closed` is called at once. @param reason UTF-8, at most 123 bytes */
  end(code: number, reason: Uint8Array): void;
}

/** What `HubSocket.send` returns for a frame that it dropped. */
export const droppedFrame = 2;
