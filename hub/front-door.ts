import uWS from 'uWebSockets.js';
import type { Logger } from '#runtime/logger.ts';
import { type Certificate, createCertificate, type TlsFiles } from './certificate.ts';
import { listenOn } from './listen-on.ts';

/** The port that clients come to, in the clear or by TLS. */
export interface FrontDoor {
  readonly listening: boolean;
  /** What is behind the door; to be called once, before `listen`. */
  serve(routes: Routes): void;
  /** Sends to the subscribers of a topic. */
  publish(topic: string, frame: string | Uint8Array, binary: boolean): void;
  /**
   * Serves on `host`:`port` (0 = any) and returns the port.
   * @throws PortError when the port is taken
   */
  listen(host: string, port: number, sharePort: boolean): Promise<number>;
  /** Nobody new comes in; who is in stays. */
  shut(): void;
  /** Ends every connection at once. */
  close(): void;
}

/** Adds its routes to `app`, and returns how many sockets it has open. */
export type Routes = (app: uWS.TemplatedApp) => () => number;

export interface FrontDoorDeps {
  /** Undefined: connections are in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
}

export interface FrontDoorLimits {
  /** How often the files of the certificate are looked at. */
  readonly certificateCheckMs: number;
  /** Apps with sockets that came under older certificates; beyond, the sockets of the oldest are closed. */
  readonly olderAppsMax: number;
}

interface OpenApp {
  readonly app: uWS.TemplatedApp;
  /** Sockets that are open in it. */
  readonly sockets: () => number;
}

/**
 * uWebSockets takes a certificate when an app is made. So a new certificate gets a new app, which takes the port over
 * within one turn of the event loop; the old one keeps its sockets for as long as they live.
 * @throws ConfigError when the files of the certificate can not be used
 */
export function createFrontDoor({ tls, log }: FrontDoorDeps, limits: FrontDoorLimits): FrontDoor {
  let certificate: Certificate | undefined = tls && createCertificate(tls);
  let routes: Routes = () => () => 0;
  /** The first is the one that listens. */
  let apps: OpenApp[] = [];
  let listenSocket: uWS.us_listen_socket | undefined;
  let checks: NodeJS.Timeout | undefined;

  const openApp = (): OpenApp => {
    const app = tls === undefined ? uWS.App() : uWS.SSLApp(appOptions(tls));
    return { app, sockets: routes(app) };
  };

  const stopListening = (): void => {
    if (listenSocket !== undefined) uWS.us_listen_socket_close(listenSocket);
    listenSocket = undefined;
  };

  const retire = (): void => {
    const [current, ...older] = apps;
    const kept = older.filter(({ sockets }) => sockets() > 0).slice(0, limits.olderAppsMax);
    for (const retired of older) if (!kept.includes(retired)) retired.app.close();
    apps = current === undefined ? [] : [current, ...kept];
  };

  /** The new app is made first: when it can not be, the old one listens on. */
  const renew = async (
    renewed: Certificate,
    host: string,
    port: number,
    sharePort: boolean,
  ): Promise<void> => {
    apps = [openApp(), ...apps];
    certificate = renewed;
    stopListening();
    listenSocket = await listenOn(frontApp(apps), host, port, sharePort);
    log.info({ validTo: renewed.validTo }, 'certificate renewed');
  };

  const check = async (host: string, port: number, sharePort: boolean): Promise<void> => {
    retire();
    try {
      const renewed = certificate?.renewed();
      if (renewed !== undefined) await renew(renewed, host, port, sharePort);
      else if (listenSocket === undefined)
        listenSocket = await listenOn(frontApp(apps), host, port, sharePort);
    } catch (error) {
      log.error({ problem: String(error) }, 'certificate can not be renewed, trying on');
    }
  };

  return {
    get listening() {
      return listenSocket !== undefined;
    },
    serve(added) {
      routes = added;
      apps = [openApp()];
    },
    publish(topic, frame, binary) {
      for (const { app } of apps) app.publish(topic, frame, binary);
    },
    async listen(host, port, sharePort) {
      listenSocket = await listenOn(frontApp(apps), host, port, sharePort);
      const bound = uWS.us_socket_local_port(listenSocket);
      if (tls === undefined) return bound;
      if (port === 0) {
        // Sockets of a port that the system chose keep others from listening on it, those of a named port do not.
        stopListening();
        listenSocket = await listenOn(frontApp(apps), host, bound, sharePort);
      }
      checks = setInterval(() => void check(host, bound, sharePort), limits.certificateCheckMs);
      return bound;
    },
    shut() {
      clearInterval(checks);
      stopListening();
    },
    close() {
      clearInterval(checks);
      for (const { app } of apps) app.close();
      apps = [];
    },
  };
}

function frontApp([front]: readonly OpenApp[]): uWS.TemplatedApp {
  if (front === undefined) throw new Error('serve() has to come before listen()');
  return front.app;
}

function appOptions({ certificate, key }: TlsFiles): uWS.AppOptions {
  return {
    cert_file_name: certificate.path,
    key_file_name: key.path,
    // An idle socket then holds no buffers for encryption.
    ssl_prefer_low_memory_usage: true,
  };
}
