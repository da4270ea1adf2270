import { z } from 'zod';
import { type ConfigKey, type ConfigOf, choiceKey, flagKey, integerKey } from '#runtime/config/config.ts';

/** Where spans go. May hold a password or a token, so it is shown nowhere. */
function endpointKey(env: string, about: string): ConfigKey<string> {
  return {
    env,
    schema: z.string().refine((text) => /^https?:$/.test(protocolOf(text))),
    fallback: '',
    range: 'a URL that begins with http:// or https://',
    about,
    secret: true,
  };
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : '';
}

/**
 * Environment of the traces: keys of OpenTelemetry under their own names. Those that decide something here; the
 * others (docs/tracing.md) are read by OpenTelemetry itself, and only where traces are exported.
 */
export const traceKeys = {
  otlpEndpoint: endpointKey(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTLP/HTTP receiver that spans are sent to, e.g. http://127.0.0.1:4318; not set: no traces',
  ),
  otlpTracesEndpoint: endpointKey(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    'The same for traces alone, with its path, e.g. http://127.0.0.1:4318/v1/traces',
  ),
  otlpProtocol: choiceKey('OTEL_EXPORTER_OTLP_PROTOCOL', ['http/protobuf', 'http/json'], {
    fallback: 'http/protobuf',
    about: 'How spans are written; gRPC is not spoken here',
  }),
  tracesSampler: choiceKey(
    'OTEL_TRACES_SAMPLER',
    [
      'parentbased_always_on',
      'always_on',
      'always_off',
      'parentbased_always_off',
      'traceidratio',
      'parentbased_traceidratio',
    ],
    {
      fallback: 'parentbased_always_on',
      about: 'Which traces are recorded; OTEL_TRACES_SAMPLER_ARG is the share, from 0 to 1',
    },
  ),
  spanQueueMax: integerKey('OTEL_BSP_MAX_QUEUE_SIZE', {
    fallback: 2048,
    min: 1,
    max: 100_000,
    unit: 'spans',
    about: 'Spans that wait to be sent; what comes beyond is dropped and counted',
  }),
  otelDisabled: flagKey('OTEL_SDK_DISABLED', {
    fallback: false,
    about: 'No traces, whatever else is set',
  }),
} as const;

/** What was read of the settings for traces. */
export type TraceConfig = ConfigOf<typeof traceKeys>;

/** The URL that spans are posted to; undefined: traces are not exported. */
export function tracesUrl({
  otlpEndpoint,
  otlpTracesEndpoint,
  otelDisabled,
}: TraceConfig): string | undefined {
  if (otelDisabled) return undefined;
  if (otlpTracesEndpoint !== '') return otlpTracesEndpoint;
  if (otlpEndpoint === '') return undefined;
  const url = new URL(otlpEndpoint);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`;
  return url.href;
}
