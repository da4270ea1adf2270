import type { Tickets } from '#fanout/node-ports.ts';
import type { Commands } from '#fanout/redis/commands.ts';
import { ticketKey } from '#fanout/redis/keys.ts';
import { isUnixMs } from '#fanout/redis/server-time.ts';
import type { Signer } from './signer.ts';
import { mintTicketSecret, ticketDigest } from './ticket-secret.ts';

/** What tickets are kept, signed and dated with. */
export interface RedisTicketsDeps {
  readonly commands: Commands;
  readonly signer: Signer;
  /** Unix ms; of hubs, whose clocks differ by less than `clockToleranceMs` (`tickwire doctor` looks at it). */
  readonly now: () => number;
  /** Called for each ticket that was found and that no hub signed, or whose time was over. */
  readonly forged: () => void;
}

const clockToleranceMs = 5000;

/** Longest ticket that is looked at; its payload holds the claim of a token of 8192 characters at most. */
const ticketLengthMax = 16_384;

/**
 * Tickets in Redis, each under the hash of its secret; Redis forgets those that nobody redeems. A ticket is signed
 * with that hash and with its end, so that it can not be made, changed, given to another secret or put back later.
 */
export function createRedisTickets({ commands, signer, now, forged }: RedisTicketsDeps): Tickets {
  return {
    async issue(payload, ttlMs) {
      const secret = mintTicketSecret();
      const digest = ticketDigest(secret);
      const sealed = signer.seal('ticket', `${digest} ${now() + ttlMs} ${payload}`);
      await commands.run((client) => client.psetex(ticketKey(digest), ttlMs, sealed));
      return secret;
    },
    async redeem(secret) {
      const digest = ticketDigest(secret);
      const sealed = await commands.run((client) => client.getdel(ticketKey(digest)));
      if (sealed === null) return undefined;
      const text = sealed.length > ticketLengthMax ? undefined : signer.open('ticket', sealed);
      const payload = payloadOf(text, digest, now());
      if (payload === undefined) forged();
      return payload;
    },
  };
}

/** Undefined when the ticket is of another secret, or its time is over. */
function payloadOf(text: string | undefined, digest: string, now: number): string | undefined {
  const [, id, end, payload] = /^(\S+) (\d{1,16}) (.*)$/s.exec(text ?? '') ?? [];
  const until = Number(end);
  return id === digest && isUnixMs(until) && until + clockToleranceMs > now ? payload : undefined;
}
