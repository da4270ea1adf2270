import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';

/** Constant messages, data in fields: `log.warn({ source, attempt }, 'venue reconnecting')`. Nothing per tick. */
export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'child'>;

/** From everything to nothing. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** JSON lines, one per event, to standard output or `destination`. */
export function createLogger(
  name: string,
  level: (typeof logLevels)[number],
  destination?: DestinationStream,
): PinoLogger {
  const options = { name, level, base: { name, pid: process.pid } };
  return destination === undefined ? pino(options) : pino(options, destination);
}
