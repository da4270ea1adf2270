import { PortError } from '#runtime/http/port-error.ts';
import type { NativeApp, NativePort } from './uws-types.ts';

/**
 * Has `app` listen; port 0 = any.
 * @throws PortError when the port can not be bound
 */
export function listenOn(
  app: NativeApp,
  host: string,
  port: number,
  sharePort: boolean,
): Promise<NativePort> {
  const exclusive = sharePort ? 0 : 1; // LIBUS_LISTEN_DEFAULT shares the port on Linux
  return new Promise((resolve, reject) => {
    app.listen(Buffer.from(host), port, exclusive, (socket) => {
      if (socket) resolve(socket);
      else reject(new PortError(host, port, 'TICKWIRE_PORT'));
    });
  });
}
