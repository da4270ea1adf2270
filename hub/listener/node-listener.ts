import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import { listen } from '#runtime/http/listen.ts';
import { answerNodeRequest } from '#runtime/http/node-http.ts';
import type { Logger } from '#runtime/logger.ts';
import { type Certificate, createCertificate, type TlsFiles } from './certificate.ts';
import type { Listener, ListenerLimits, Served } from './listener.ts';
import { frameOf, frameStart } from './node-frame.ts';
import { createUpgrades, endOf } from './node-upgrades.ts';

/** The certificate, if any, and where its problems are told. */
export interface NodeListenerDeps {
  /** Undefined: connections are in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly log: Logger;
}

/** How long a connection may take for what, as uWebSockets has it. */
const serverOptions = {
  connectionsCheckingInterval: 1000,
  headersTimeout: 10_000,
  requestTimeout: 12_000,
  keepAliveTimeout: 10_000,
  maxHeaderSize: 32_768,
} as const;
/** A connection on which nothing moves is ended after once or twice this time; sockets have a time of their own. */
const stillMs = 6000;
/** How often sockets are looked at. */
const idleCheckMs = 4000;

/**
 * Listens by Node's own HTTP server and `ws`, where uWebSockets.js does not load: slower, and the same to clients. A new
 * certificate is shown to those who come after it.
 * @throws ConfigError when the files of the certificate can not be used
 */
export function createNodeListener({ tls, log }: NodeListenerDeps, limits: ListenerLimits): Listener {
  let certificate: Certificate | undefined = tls && createCertificate(tls);
  const server = certificate === undefined ? createServer(serverOptions) : secureServer(certificate);
  server.setTimeout(stillMs);
  const timers: NodeJS.Timeout[] = [];
  let upgrades: ReturnType<typeof createUpgrades> | undefined;

  const check = (): void => {
    try {
      const renewed = certificate?.renewed();
      if (renewed === undefined) return;
      (server as SecureServer).setSecureContext({ cert: renewed.pair.certificate, key: renewed.pair.key });
      certificate = renewed;
      log.info({ validTo: renewed.validTo }, 'certificate renewed');
    } catch (error) {
      log.error({ problem: String(error) }, 'certificate can not be renewed, trying on');
    }
  };

  const shut = (): void => {
    for (const timer of timers) clearInterval(timer);
    server.close(() => undefined); // an error says that it does not listen
  };

  return {
    kind: 'node',
    secure: tls !== undefined,
    get listening() {
      return server.listening;
    },
    serve<Session>(all: Served<Session>) {
      const { http, connections } = all;
      const served = createUpgrades<Session>(all, limits);
      server.on('connection', (raw: Socket) => {
        if (!connections.opened(raw.remoteAddress ?? '')) raw.destroy();
        const end = endOf(raw);
        raw.once('close', () => {
          if (!served.became(end)) connections.closed();
        });
      });
      server.on('request', (request, response) => {
        connections.asked(request.socket.remoteAddress ?? '');
        answerNodeRequest(request, response, http, limits);
      });
      server.on('upgrade', served.upgrade);
      upgrades = served;
    },
    publish(topic, payload, binary) {
      const subscribers = upgrades?.topics.subscribersOf(topic);
      if (subscribers === undefined) return;
      const frame = frameOf(binary ? frameStart.binary : frameStart.text, payload);
      for (const socket of subscribers) socket.write(frame);
    },
    async listen(host, port, sharePort) {
      const bound = await listen(server, host, port, 'TICKWIRE_PORT', sharePort);
      timers.push(setInterval(() => upgrades?.checkIdle(idleCheckMs), idleCheckMs));
      if (tls !== undefined) timers.push(setInterval(check, limits.certificateCheckMs));
      return bound;
    },
    shut,
    close() {
      shut();
      upgrades?.terminate();
      server.closeAllConnections();
    },
  };
}

function secureServer({ pair }: Certificate): Server {
  const { certificate: cert, key } = pair;
  return createSecureServer({ ...serverOptions, cert, key, handshakeTimeout: stillMs });
}
