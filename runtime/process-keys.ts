import { type ConfigOf, choiceKey, integerKey, textKey } from './config.ts';
import { logLevels } from './logger.ts';
import { traceKeys } from './trace-keys.ts';

/** Environment that all processes share. */
export const processKeys = {
  ...traceKeys,
  logLevel: choiceKey('TICKWIRE_LOG_LEVEL', logLevels, {
    fallback: 'info',
    about: 'What is logged: this level and those above it',
  }),
  operationsHost: textKey('TICKWIRE_OPERATIONS_HOST', {
    fallback: '127.0.0.1',
    pattern: /^[0-9a-zA-Z.:-]+$/,
    range: 'an IP address or host name',
    about: 'Address on which metrics and probes are served',
  }),
  operationsPort: integerKey('TICKWIRE_OPERATIONS_PORT', {
    fallback: 9090,
    min: 0,
    max: 65_535,
    unit: 'port',
    about: 'Port on which metrics and probes are served; 0 = any free one',
  }),
  shutdownMs: integerKey('TICKWIRE_SHUTDOWN_MS', {
    fallback: 25_000,
    min: 100,
    max: 600_000,
    unit: 'ms',
    about: 'Time for an orderly end; keep it below the grace period of what runs the process',
  }),
} as const;

export type ProcessConfig = ConfigOf<typeof processKeys>;
