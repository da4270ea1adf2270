import type uWS from 'uWebSockets.js';
import { PortError } from '#runtime/port-error.ts';

/**
 * Has `app` listen; port 0 = any.
 * @throws PortError when the port can not be bound
 */
export function listenOn(
  app: uWS.TemplatedApp,
  host: string,
  port: number,
  sharePort: boolean,
): Promise<uWS.us_listen_socket> {
  const exclusive = sharePort ? 0 : 1; // LIBUS_LISTEN_DEFAULT shares the port on Linux
  return new Promise((resolve, reject) => {
    const listening = (socket: uWS.us_listen_socket | false): void => {
      if (socket) resolve(socket);
      else reject(new PortError(host, port, 'TICKWIRE_PORT'));
    };
    (app as ListeningApp).listen(host, port, exclusive, listening);
  });
}

/** The published types leave out the overload with host and options, which the binary has. */
interface ListeningApp extends uWS.TemplatedApp {
  listen: uWS.TemplatedApp['listen'] &
    ((
      host: string,
      port: number,
      options: number,
      listening: (socket: uWS.us_listen_socket | false) => void,
    ) => void);
}
