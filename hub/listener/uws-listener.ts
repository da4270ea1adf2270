import type { Frame } from '#protocol/codec.ts';
import type { Logger } from '#runtime/logger.ts';
import { type Certificate, createCertificate, type TlsFiles } from './certificate.ts';
import type { Listener, ListenerLimits, Served } from './listener.ts';
import type { Topic } from './topic.ts';
import { serveRequests } from './uws-http.ts';
import { listenOn } from './uws-port.ts';
import { serveSockets, socketSettings } from './uws-sockets.ts';
import type { NativeApp, NativeModule, NativePort } from './uws-types.ts';

/** The native module, and the certificate that its apps are made with. */
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
export function createUwsListener(deps: UwsListenerDeps, limits: ListenerLimits): Listener {
  return new UwsListener(deps, limits);
}

/** What the present port is opened by, and is opened by again after a new certificate. */
interface Address {
  readonly host: string;
  /** 0 = any. */
  readonly port: number;
  readonly sharePort: boolean;
}

class UwsListener implements Listener {
  readonly kind = 'uWebSockets.js';
  readonly #deps: UwsListenerDeps;
  readonly #limits: ListenerLimits;
  #certificate: Certificate | undefined;
  #routes = (_app: NativeApp): (() => number) => noSockets;
  /** The first is the one that listens. */
  #apps: OpenApp[] = [];
  #port: NativePort | undefined;
  #checks: NodeJS.Timeout | undefined;
  /** A field, since the hub hands it on without the listener. */
  readonly publish = (topic: Topic, frame: Frame, binary: boolean): void => {
    for (const { app } of this.#apps) app.publish(topic, frame, binary);
  };

  constructor(deps: UwsListenerDeps, limits: ListenerLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#certificate = deps.tls && createCertificate(deps.tls);
  }

  get secure(): boolean {
    return this.#deps.tls !== undefined;
  }

  get listening(): boolean {
    return this.#port !== undefined;
  }

  serve<Session>({ http, sockets, connections }: Served<Session>): void {
    const limits = this.#limits;
    this.#routes = (app) => {
      serveRequests(app, { http, connections }, limits);
      return serveSockets(app, socketSettings(this.#deps.native, limits), sockets, connections);
    };
    this.#apps = [this.#openApp()];
  }

  async listen(host: string, port: number, sharePort: boolean): Promise<number> {
    const { native, tls } = this.#deps;
    const opened = await this.#open({ host, port, sharePort });
    const address = { host, port: native.us_socket_local_port(opened), sharePort };
    if (tls === undefined) return address.port;
    if (port === 0) {
      // Sockets of a port that the system chose keep others from listening on it, those of a named port do not.
      this.#stopListening();
      await this.#open(address);
    }
    this.#checks = setInterval(() => void this.#check(address), this.#limits.certificateCheckMs);
    return address.port;
  }

  shut(): void {
    clearInterval(this.#checks);
    this.#stopListening();
  }

  close(): void {
    clearInterval(this.#checks);
    for (const { app } of this.#apps) app.close();
    this.#apps = [];
  }

  #openApp(): OpenApp {
    const { native, tls } = this.#deps;
    const app = tls === undefined ? native.App() : native.SSLApp(appOptions(tls));
    return { app, sockets: this.#routes(app) };
  }

  /** Has the newest app listen. @throws PortError when the port is taken */
  async #open({ host, port, sharePort }: Address): Promise<NativePort> {
    const opened = await listenOn(frontApp(this.#apps), host, port, sharePort);
    this.#port = opened;
    return opened;
  }

  #stopListening(): void {
    if (this.#port !== undefined) this.#deps.native.us_listen_socket_close(this.#port);
    this.#port = undefined;
  }

  async #check(address: Address): Promise<void> {
    this.#retire();
    try {
      const renewed = this.#certificate?.renewed();
      if (renewed !== undefined) await this.#renew(renewed, address);
      else if (this.#port === undefined) await this.#open(address);
    } catch (error) {
      this.#deps.log.error({ problem: String(error) }, 'certificate can not be renewed, trying on');
    }
  }

  /** The new app is made first: when it can not be, the old one listens on. */
  async #renew(renewed: Certificate, address: Address): Promise<void> {
    this.#apps = [this.#openApp(), ...this.#apps];
    this.#certificate = renewed;
    this.#stopListening();
    await this.#open(address);
    this.#deps.log.info({ validTo: renewed.validTo }, 'certificate renewed');
  }

  #retire(): void {
    const [current, ...older] = this.#apps;
    const kept = older.filter(({ sockets }) => sockets() > 0).slice(0, this.#limits.olderCertificatesMax);
    for (const retired of older) if (!kept.includes(retired)) retired.app.close();
    this.#apps = current === undefined ? [] : [current, ...kept];
  }
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
