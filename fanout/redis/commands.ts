import { FanoutError } from '#fanout/ports.ts';
import type { KeptConnection, RedisClient } from './connection/connection.ts';
import { toFanoutError } from './failure.ts';

/** One client to Redis, with everything sent over it timed and its failures told in our words. */
export interface Commands {
  /** @throws FanoutError, at the latest after twice the command time-out */
  run<Reply>(send: (client: RedisClient) => Promise<Reply>): Promise<Reply>;
  /** Connected, and the latest command was answered. */
  available(): boolean;
  close(): void;
}

/** The connection to send on, and who is told how it does. */
export interface CommandsDeps {
  readonly connection: KeptConnection<RedisClient>;
  /** Called with the milliseconds that an answered command took. */
  readonly roundTrip: (ms: number) => void;
  /** Called when a command was not answered: in a cluster another node may have to be asked. */
  readonly unanswered: () => void;
}

/** How long an answer may take. */
export interface CommandsLimits {
  readonly commandTimeoutMs: number;
}

/** So many commands in a row without an answer, and the connection is taken for dead. */
const timeoutsMax = 3;

/** Commands over one connection, each settled within the time-out; a connection that stops answering is given up for a new one. */
export function createCommands(deps: CommandsDeps, limits: CommandsLimits): Commands {
  const { connection, roundTrip, unanswered } = deps;
  const { client } = connection;
  let closed = false;
  let answering = true;
  let timeouts = 0;

  const fail = (error: unknown): FanoutError => {
    if (closed) return new FanoutError('closed', 'the fanout was closed', { cause: error });
    const failure = toFanoutError(error);
    answering = failure.code === 'refused' || failure.code === 'unreadable';
    if (!answering) unanswered();
    timeouts = failure.code === 'timeout' ? timeouts + 1 : 0;
    if (timeouts === timeoutsMax) {
      // A peer that went away without a word leaves a connection that looks alive for many minutes.
      timeouts = 0;
      connection.reconnect();
    }
    return failure;
  };

  return {
    async run(send) {
      const started = performance.now();
      try {
        const reply = await withDeadline(send(client), 2 * limits.commandTimeoutMs);
        answering = true;
        timeouts = 0;
        roundTrip(performance.now() - started);
        return reply;
      } catch (error) {
        throw fail(error);
      }
    },
    available: () => !closed && answering && client.status === 'ready',
    close() {
      closed = true;
      connection.close();
    },
  };
}

/**
 * ioredis' own time-out starts when a command is handed to a connection; a cluster client may hold
 * the command back before that, without end.
 */
function withDeadline<Reply>(reply: Promise<Reply>, deadlineMs: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new FanoutError('timeout', 'Redis did not answer'));
    const timer = setTimeout(late, deadlineMs);
    reply.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}
