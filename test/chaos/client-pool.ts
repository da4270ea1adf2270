import type { ResetReason } from '#protocol/messages.ts';
import type { Oracle } from '#test/harness/oracle.ts';
import { RawUser } from './raw-user.ts';
import { SdkUser, type UserOptions } from './sdk-user.ts';
import { type Findings, noFindings, type User } from './user.ts';

/** Of every ten users; the others want every update. */
const frequencies: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 250, 250, 1000];
const textsMax = 50;

export interface ClientPoolOptions {
  readonly users: number;
  readonly symbolsPerUser: number;
  readonly symbols: number;
  /** Of all symbols together. */
  readonly ticksPerSecond: number;
  /** So many of the raw clients, the first ones, hold every symbol and want every update. */
  readonly wholeMarketUsers: number;
}

/** All the users of a test cluster, and what was found about what they received. */
export class ClientPool {
  readonly users: readonly User[];
  readonly #oracle: Oracle;
  readonly #options: ClientPoolOptions;
  readonly #sdkFindings = noFindings();
  readonly #sdkTexts: string[] = [];
  /** Losses that all users together were told of. */
  readonly resets: Record<ResetReason, number> = {
    ...{ history_trimmed: 0, epoch_changed: 0, slow_consumer: 0, history_unavailable: 0 },
  };

  constructor(url: string, options: ClientPoolOptions, symbols: readonly string[], oracle: Oracle) {
    this.#oracle = oracle;
    this.#options = options;
    this.users = Array.from({ length: options.users }, (_, i) => this.#user(url, i, symbols));
  }

  get raw(): readonly RawUser[] {
    return this.users.filter((user) => user instanceof RawUser);
  }

  get sdk(): readonly User[] {
    return this.users.filter((user) => user instanceof SdkUser);
  }

  /** Of all users, so far. */
  findings(): Findings {
    const { kinds } = this.#oracle.soFar();
    const { gaps, duplicates, disorder, other } = this.#sdkFindings;
    const { gap, duplicate, overlap, old_snapshot, ...rest } = kinds;
    // Where Redis lost writes, what clients got of them may have been heard by nobody else.
    const { never_published, ...others } = rest;
    const unknown = this.resets.epoch_changed > 0 ? 0 : never_published;
    const undecodable = this.raw.reduce((sum, user) => sum + user.undecodable, 0);
    return {
      gaps: gaps + gap,
      duplicates: duplicates + duplicate + overlap,
      disorder: disorder + old_snapshot,
      other: Object.values(others).reduce((sum, count) => sum + count, other + undecodable + unknown),
    };
  }

  /** The first of them, in words. */
  texts(): readonly string[] {
    return [...this.#oracle.soFar().violations, ...this.#sdkTexts];
  }

  close(): void {
    for (const user of this.users) user.close();
  }

  #user(url: string, i: number, symbols: readonly string[]): User {
    const format = i % 4 < 2 ? 'json' : 'msgpack';
    const kind = i % 2 === 0 ? 'sdk' : 'raw';
    const { symbolsPerUser, wholeMarketUsers, ticksPerSecond } = this.#options;
    const intervalMs = (1000 * symbols.length) / ticksPerSecond;
    const wantsAll = kind === 'raw' && i < 2 * wholeMarketUsers;
    const frequency = wantsAll ? 0 : (frequencies[Math.floor(i / 4) % frequencies.length] ?? 0);
    const chosen = wantsAll ? symbols : share(symbols, symbolsPerUser, i);
    const name = `${kind} ${i} ${format} ${frequency}`;
    const onReset = (reason: ResetReason): void => {
      this.resets[reason]++;
    };
    const options: UserOptions = { url, name, symbols: chosen, format, frequency, intervalMs, onReset };
    if (kind === 'raw') return new RawUser(options, this.#oracle.client(name));
    return new SdkUser(options, this.#sdkFindings, (text) => {
      if (this.#sdkTexts.length < textsMax) this.#sdkTexts.push(text);
    });
  }
}

/** Symbols with the same distance from each other. */
function share(symbols: readonly string[], count: number, i: number): string[] {
  const step = Math.max(1, Math.floor(symbols.length / count));
  return symbols.filter((_, k) => k % step === i % step).slice(0, count);
}
