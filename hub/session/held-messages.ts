import type { Session } from './session.ts';

/** A frame of a client, copied. */
export interface HeldMessage {
  readonly bytes: Uint8Array;
  readonly binary: boolean;
}

export interface HeldMessagesLimits {
  /** Bytes of one socket's messages that may wait for its token. */
  readonly heldBytesMax: number;
  /** Messages of one socket that may. */
  readonly heldMessagesMax: number;
}

interface Held {
  readonly messages: HeldMessage[];
  bytes: number;
}

/**
 * What clients send right behind their token or ticket, unread until it is known who they are: whoever shows a bad one
 * has the hub read nothing.
 */
export class HeldMessages {
  readonly #limits: HeldMessagesLimits;
  readonly #bySession = new Map<Session, Held>();

  constructor(limits: HeldMessagesLimits) {
    this.#limits = limits;
  }

  /** False when more than the bounds would wait. The bytes are copied. */
  hold(session: Session, bytes: Uint8Array, binary: boolean): boolean {
    const held = this.#bySession.get(session) ?? { messages: [], bytes: 0 };
    if (held.messages.length >= this.#limits.heldMessagesMax) return false;
    if (held.bytes + bytes.length > this.#limits.heldBytesMax) return false;
    held.messages.push({ bytes: bytes.slice(), binary });
    held.bytes += bytes.length;
    this.#bySession.set(session, held);
    return true;
  }

  /** Whether anything of the session waits. */
  has(session: Session): boolean {
    return this.#bySession.has(session);
  }

  /** What waits of the session, in its order; nothing waits any more. */
  take(session: Session): readonly HeldMessage[] {
    const messages = this.#bySession.get(session)?.messages ?? [];
    this.#bySession.delete(session);
    return messages;
  }
}
