import { ConfigError } from '#runtime/config/config.ts';
import type { Logger } from '#runtime/logger.ts';
import type { TlsFiles } from './certificate.ts';
import type { Listener, ListenerLimits } from './listener.ts';
import { nativeBinaryFinding, runtimeHere } from './native-binary.ts';
import { createNodeListener } from './node-listener.ts';
import { createUwsListener } from './uws-listener.ts';
import { loadNative, type NativeModule } from './uws-types.ts';

/** `auto`: by uWebSockets.js, where it loads. */
export type ListenerChoice = 'auto' | 'uws' | 'node';

/** Which listener is asked for, and the certificate that it serves. */
export interface ChooseListenerDeps {
  readonly choice: ListenerChoice;
  /** Undefined: connections are in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
  /** Loads uWebSockets.js; rejects where it can not be loaded. */
  readonly load?: () => Promise<NativeModule>;
}

/**
 * The port that clients come to. Where uWebSockets.js does not load, Node's own server stands in, and one line is logged.
 * @throws ConfigError when the files of the certificate can not be used, or `uws` is asked for and does not load
 */
export async function chooseListener(
  { choice, tls, log, load = loadNative }: ChooseListenerDeps,
  limits: ListenerLimits,
): Promise<Listener> {
  if (choice === 'node') return createNodeListener({ tls, log }, limits);
  const finding = await nativeBinaryFinding(runtimeHere(), load);
  if (finding.verdict === 'ok') return createUwsListener({ native: await load(), tls, log }, limits);
  const { says, fix } = finding;
  if (choice === 'uws')
    throw new ConfigError([`TICKWIRE_LISTENER is uws, but of uWebSockets.js ${says}; ${fix}`]);
  log.warn(
    { problem: says, forFullSpeed: fix },
    "uWebSockets.js does not load: Node's own server listens, slower",
  );
  return createNodeListener({ tls, log }, limits);
}
