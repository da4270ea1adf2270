import type { Commands } from './commands.ts';
import { ticketKey } from './keys.ts';
import type { Tickets } from './node-ports.ts';
import { mintTicketSecret, ticketDigest } from './ticket-secret.ts';

/** Tickets in Redis, each under the hash of its secret; Redis forgets those that nobody redeems. */
export function createRedisTickets(commands: Commands): Tickets {
  return {
    async issue(payload, ttlMs) {
      const secret = mintTicketSecret();
      const key = ticketKey(ticketDigest(secret));
      await commands.run((client) => client.set(key, payload, 'PX', ttlMs));
      return secret;
    },
    async redeem(secret) {
      const key = ticketKey(ticketDigest(secret));
      return (await commands.run((client) => client.getdel(key))) ?? undefined;
    },
  };
}
