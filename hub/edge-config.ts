import { networkInterfaces } from 'node:os';
import { advertisedAddress } from '#fanout/redis/connection/advertised-address.ts';
import { ConfigError, type ConfigOf, integerKey, listKey, textKey } from '#runtime/config/config.ts';
import { anyHost, createKnownHosts, type hostKeys } from '#runtime/http/known-hosts.ts';
import { type Networks, parseNetworks } from './admission/network-address.ts';
import type { OriginRules } from './admission/origin.ts';
import { createCertificate, type TlsFiles } from './listener/certificate.ts';
import type { nodeKeys } from './nodes/config.ts';
import { createSessionHosts, hostOf, type MayNameSocket } from './nodes/session-hosts.ts';

/** Environment of the hub's edge: who may come in, and how. */
export const edgeKeys = {
  origins: listKey('TICKWIRE_ORIGINS', {
    fallback: [],
    entry: /^(\*|https?:\/\/[0-9A-Za-z.[\]:-]+)$/,
    range: 'origins with commas between, e.g. https://desk.example.com, or *',
    about:
      "Web pages of other origins that may open sockets and read HTTP answers; the hub's own pages and clients that " +
      'are no browsers always may',
  }),
  connectionsPerSecond: integerKey('TICKWIRE_CONNECTIONS_PER_SECOND', {
    fallback: 500,
    min: 1,
    max: 1_000_000,
    unit: 'connections per second',
    about:
      'New sockets and HTTP requests of one network address (IPv6: of its /64); four times as many at once',
  }),
  trustedProxies: listKey('TICKWIRE_TRUSTED_PROXIES', {
    fallback: [],
    entry: /^[0-9A-Fa-f.:]+(\/\d{1,3})?$/,
    range: 'addresses and networks with commas between, e.g. 10.0.0.0/8',
    about:
      "Proxies whose X-Forwarded-For or PROXY protocol header names the client; anybody else's is ignored",
  }),
  tlsCert: textKey('TICKWIRE_TLS_CERT', {
    fallback: '',
    range: 'the path of a file',
    about:
      'Certificate chain in PEM: sockets and HTTP are then served by TLS only; read again when it changes',
  }),
  tlsKey: textKey('TICKWIRE_TLS_KEY', {
    fallback: '',
    range: 'the path of a file',
    about: 'Private key of that certificate, in PEM, without a passphrase',
  }),
} as const;

export interface Edge {
  /** Undefined: the registry of nodes is not served. */
  readonly operatorToken: string | undefined;
  readonly mayNameSocket: MayNameSocket;
  /** Undefined: sockets and HTTP in the clear. */
  readonly tls: TlsFiles | undefined;
  readonly trustedProxies: Networks;
  /** Whose pages may use the hub, and the names of its own. */
  readonly origins: OriginRules;
}

export type EdgeConfig = ConfigOf<typeof edgeKeys & typeof nodeKeys> &
  ConfigOf<typeof hostKeys> & { readonly host: string };

/** @throws ConfigError when a file of the certificate can not be used, or keys do not fit each other */
export function edgeOf(config: EdgeConfig): Edge {
  const { tlsCert, tlsKey } = config;
  const operatorToken = config.operatorToken === '' ? undefined : config.operatorToken;
  const trustedProxies = parseNetworks(config.trustedProxies);
  if (trustedProxies === undefined)
    throw new ConfigError([`TICKWIRE_TRUSTED_PROXIES must be ${edgeKeys.trustedProxies.range}`]);
  const mayNameSocket = createSessionHosts([ownHost(config), ...config.sessionHosts]);
  const secure = tlsCert !== '' || tlsKey !== '';
  const plain = { trustedProxies, operatorToken, mayNameSocket, origins: originRules(config, secure) };
  if (!secure) return { tls: undefined, ...plain };
  if (tlsCert === '' || tlsKey === '')
    throw new ConfigError(['TICKWIRE_TLS_CERT and TICKWIRE_TLS_KEY are set together or not at all']);
  const tls = {
    certificate: { env: 'TICKWIRE_TLS_CERT', path: tlsCert },
    key: { env: 'TICKWIRE_TLS_KEY', path: tlsKey },
  };
  createCertificate(tls); // so that its problem is told before anything is started
  return { tls, ...plain };
}

/** Where this hub says that its sockets are. */
function ownHost({ publicUrl, host }: EdgeConfig): string {
  return hostOf(publicUrl) ?? advertisedAddress(host, networkInterfaces());
}

function originRules({ hosts, origins, publicUrl }: EdgeConfig, secure: boolean): OriginRules {
  // By TLS a browser comes with no other name than those of the certificate.
  const knownHost = secure ? anyHost : createKnownHosts([...hosts, ...origins, publicUrl]);
  return { origins, knownHost, secure };
}
