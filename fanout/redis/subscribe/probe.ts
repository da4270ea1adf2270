import { setImmediate as nextTurn } from 'node:timers/promises';
import { sleep } from '#fanout/redis/sleep.ts';

/** What a probe needs of the connection that it watches. */
export interface Probed {
  /** Whether the connection is believed to hear everything now. */
  listening(): boolean;
  /** Sends `text` the way that ticks are sent, to a channel that the connection listens on. */
  send(text: string): Promise<void>;
  /** What was sent has not been heard. */
  lost(): void;
}

/** How often a connection is tested, and how soon it counts as deaf. */
export interface ProbeLimits {
  readonly probeIntervalMs: number;
  /** How long a probe that Redis has accepted may take to be heard. */
  readonly probeTimeoutMs: number;
}

/**
 * Sends messages to itself by way of Redis. A connection can stay up and hear nothing: attached to a
 * demoted master, behind a firewall that forgot it, or to a server that stopped in mid-air.
 */
export class Probe {
  readonly #probed: Probed;
  readonly #limits: ProbeLimits;
  readonly #closed = new AbortController();
  /** Number of the latest probe. */
  #sent = 0;
  /** Ends the wait for the latest probe. */
  #wake: (() => void) | undefined;

  constructor(probed: Probed, limits: ProbeLimits) {
    this.#probed = probed;
    this.#limits = limits;
  }

  /** Probes until `close`. */
  async run(): Promise<void> {
    while (await sleep(this.#limits.probeIntervalMs, this.#closed.signal)) {
      if (this.#probed.listening()) await this.#round();
    }
  }

  heard(text: string): void {
    if (text === String(this.#sent)) this.#wake?.();
  }

  close(): void {
    this.#closed.abort();
  }

  async #round(): Promise<void> {
    const number = ++this.#sent;
    const heard = new AbortController();
    this.#wake = () => heard.abort();
    if (!(await this.#isSent(number))) return;
    const late = await sleep(
      this.#limits.probeTimeoutMs,
      AbortSignal.any([this.#closed.signal, heard.signal]),
    );
    if (!late) return;
    // A loop that was held up runs its timers before it reads: the echo may be here already.
    await nextTurn();
    if (!heard.signal.aborted && this.#probed.listening()) this.#probed.lost();
  }

  /** A probe that Redis may not have had says nothing about the connection that should hear it. */
  async #isSent(number: number): Promise<boolean> {
    return this.#probed.send(String(number)).then(
      () => true,
      () => false,
    );
  }
}
