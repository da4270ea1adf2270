import type { Logger } from '#runtime/logger.ts';
import type { TlsFiles } from './certificate.ts';
import type { Listener, ListenerLimits } from './listener.ts';
import { createUwsListener } from './uws-listener.ts';
import { loadNative } from './uws-types.ts';

export interface ChooseListenerDeps {
  /** Undefined: connections are in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
}

/** @throws ConfigError when the files of the certificate can not be used */
export async function chooseListener(deps: ChooseListenerDeps, limits: ListenerLimits): Promise<Listener> {
  return createUwsListener({ ...deps, native: await loadNative() }, limits);
}
