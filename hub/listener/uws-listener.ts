import type { Logger } from '#runtime/logger.ts';
import { type Certificate, createCertificate, type TlsFiles } from './certificate.ts';
import type { Listener, ListenerLimits } from './listener.ts';
import { serveRequests } from './uws-http.ts';
import { listenOn } from './uws-port.ts';
import { serveSockets, socketSettings } from './uws-sockets.ts';
import type { NativeApp, NativeModule, NativePort } from './uws-types.ts';

export interface UwsListenerDeps {
  readonly native: NativeModule;
  /** Undefined: connections are in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
}

interface OpenApp {
  readonly app: NativeApp;
  /** Sockets that are open in it. */
  readonly sockets: () => number;
}

/**
 * Listens by uWebSockets.js, which takes a certificate when an app is made. So a new certificate gets a new app, which
 * takes the port over within one turn of the event loop; the old one keeps its sockets for as long as they live.
 * @throws ConfigError when the files of the certificate can not be used
 */
export function createUwsListener({ native, tls, log }: UwsListenerDeps, limits: ListenerLimits): Listener {
  let certificate: Certificate | undefined = tls && createCertificate(tls);
  let routes = (_app: NativeApp): (() => number) => noSockets;
  /** The first is the one that listens. */
  let apps: OpenApp[] = [];
  let port: NativePort | undefined;
  let checks: NodeJS.Timeout | undefined;

  const openApp = (): OpenApp => {
    const app = tls === undefined ? native.App() : native.SSLApp(appOptions(tls));
    return { app, sockets: routes(app) };
  };

  const stopListening = (): void => {
    if (port !== undefined) native.us_listen_socket_close(port);
    port = undefined;
  };

  const retire = (): void => {
    const [current, ...older] = apps;
    const kept = older.filter(({ sockets }) => sockets() > 0).slice(0, limits.olderCertificatesMax);
    for (const retired of older) if (!kept.includes(retired)) retired.app.close();
    apps = current === undefined ? [] : [current, ...kept];
  };

  /** The new app is made first: when it can not be, the old one listens on. */
  const renew = async (
    renewed: Certificate,
    host: string,
    portNumber: number,
    sharePort: boolean,
  ): Promise<void> => {
    apps = [openApp(), ...apps];
    certificate = renewed;
    stopListening();
    port = await listenOn(frontApp(apps), host, portNumber, sharePort);
    log.info({ validTo: renewed.validTo }, 'certificate renewed');
  };

  const check = async (host: string, portNumber: number, sharePort: boolean): Promise<void> => {
    retire();
    try {
      const renewed = certificate?.renewed();
      if (renewed !== undefined) await renew(renewed, host, portNumber, sharePort);
      else if (port === undefined) port = await listenOn(frontApp(apps), host, portNumber, sharePort);
    } catch (error) {
      log.error({ problem: String(error) }, 'certificate can not be renewed, trying on');
    }
  };

  return {
    kind: 'uWebSockets.js',
    secure: tls !== undefined,
    get listening() {
      return port !== undefined;
    },
    serve({ http, sockets, connections }) {
      routes = (app) => {
        serveRequests(app, { http, connections }, limits);
        return serveSockets(app, socketSettings(native, limits), sockets, connections);
      };
      apps = [openApp()];
    },
    publish(topic, frame, binary) {
      for (const { app } of apps) app.publish(topic, frame, binary);
    },
    async listen(host, portNumber, sharePort) {
      port = await listenOn(frontApp(apps), host, portNumber, sharePort);
      const bound = native.us_socket_local_port(port);
      if (tls === undefined) return bound;
      if (portNumber === 0) {
        // Sockets of a port that the system chose keep others from listening on it, those of a named port do not.
        stopListening();
        port = await listenOn(frontApp(apps), host, bound, sharePort);
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

const noSockets = (): number => 0;

function frontApp([front]: readonly OpenApp[]): NativeApp {
  if (front === undefined) throw new Error('serve() has to come before listen()');
  return front.app;
}

function appOptions({ certificate, key }: TlsFiles) {
  return {
    cert_file_name: Buffer.from(certificate.path),
    key_file_name: Buffer.from(key.path),
    // An idle socket then holds no buffers for encryption.
    ssl_prefer_low_memory_usage: true,
  };
}
