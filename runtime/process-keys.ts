import { type ConfigOf, choiceKey, integerKey, textKey } from './config/config.ts';
import { hostKeys } from './http/known-hosts.ts';
import { logLevels } from './logger.ts';
import { traceKeys } from './tracing/trace-keys.ts';

/** Environment that all processes share. */
export const processKeys = {
  ...traceKeys,
  ...hostKeys,
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
  nodeId: textKey('TICKWIRE_NODE_ID', {
    fallback: '',
    pattern: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    range: '1 to 128 letters, digits and . _ -',
    about:
      'Names this process among those of its service, two that run at the same time never alike; ' +
      'when not set, the name of the machine and something random',
  }),
  nodeLeaseMs: integerKey('TICKWIRE_NODE_LEASE_MS', {
    fallback: 10_000,
    min: 500,
    max: 300_000,
    unit: 'ms',
    about: 'How long a process that died is still listed; four times as often it says that it lives',
  }),
} as const;

/** What every process has read of its environment. */
export type ProcessConfig = ConfigOf<typeof processKeys>;
