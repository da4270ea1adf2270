import type { Writable } from 'node:stream';

/** What a round of writes calls when it ends. */
export interface RoundMember {
  endRound(): void;
}

/** A connection's usual round is smaller. */
const scratchBytes = 65_536;

/**
 * What is sent in one turn of the event loop is one round: a socket's frames are gathered and go out in one write when
 * it ends. A write of Node costs some microseconds, however little is in it.
 */
export class WriteRound {
  #members: RoundMember[] = [];
  #scratch = Buffer.allocUnsafeSlow(scratchBytes);

  /** `member` is told when the round ends; to be called once a round. */
  join(member: RoundMember): void {
    if (this.#members.push(member) === 1) process.nextTick(() => this.#end());
  }

  /** Writes all frames at once. The room that they are put together in is used again, once the system has taken them. */
  write(socket: Writable, frames: readonly Buffer[], bytes: number): void {
    const [first] = frames;
    if (frames.length === 1 && first !== undefined) {
      socket.write(first);
      return;
    }
    if (bytes > scratchBytes) {
      socket.write(Buffer.concat(frames, bytes));
      return;
    }
    let end = 0;
    for (const frame of frames) end += frame.copy(this.#scratch, end);
    socket.write(this.#scratch.subarray(0, end));
    if (socket.writableLength > 0) this.#scratch = Buffer.allocUnsafeSlow(scratchBytes);
  }

  #end(): void {
    const members = this.#members;
    this.#members = [];
    for (const member of members) member.endRound();
  }
}
