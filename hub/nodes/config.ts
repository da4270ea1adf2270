import { integerKey, listKey, textKey } from '#runtime/config/config.ts';
import { sessionHostPattern, socketUrlPattern } from './session-hosts.ts';

/** At least so many characters, as of the secret that tokens are signed with. */
const secretPattern = /^[\x21-\x7e]{32,256}$/;
const secretRange = '32 to 256 visible ASCII characters';

/** Environment of the hub for sessions and the registry of nodes. */
export const nodeKeys = {
  publicUrl: textKey('TICKWIRE_PUBLIC_URL', {
    fallback: '',
    pattern: socketUrlPattern,
    range: 'a ws:// or wss:// address without ? and #, e.g. wss://ticks.example.com/ws',
    about:
      "Where clients reach this hub's sockets, by the gateway where there is one: what POST /session sends them to; " +
      'when not set, the address and port that the hub listens on',
  }),
  sessionHosts: listKey('TICKWIRE_SESSION_HOSTS', {
    fallback: [],
    entry: sessionHostPattern,
    range: 'host names and addresses with commas between, e.g. hub-1.example.com or *.hubs.example.com',
    about:
      'Hosts that POST /session may send clients to; that of TICKWIRE_PUBLIC_URL always is one. ' +
      'When not set, that one alone, or where there is none the address that this hub listens on',
  }),
  hubSecret: textKey('TICKWIRE_HUB_SECRET', {
    fallback: '',
    pattern: secretPattern,
    range: secretRange,
    about:
      'Key that all hubs of a Redis share: they sign with it the tickets of POST /session and their places in the ' +
      'registry, so that whoever can write to Redis can make none. When not set, one is made of TICKWIRE_JWT_SECRET; ' +
      'without that too TICKWIRE_AUTH=jwt needs it, and with TICKWIRE_AUTH=none a hub knows itself alone. npm start needs none',
    secret: true,
  }),
  hubSecretPrevious: textKey('TICKWIRE_HUB_SECRET_PREVIOUS', {
    fallback: '',
    pattern: secretPattern,
    range: secretRange,
    about: 'A second key that is taken, not signed with, while TICKWIRE_HUB_SECRET is changed',
    secret: true,
  }),
  ticketMs: integerKey('TICKWIRE_TICKET_MS', {
    fallback: 30_000,
    min: 1000,
    max: 600_000,
    unit: 'ms',
    about: 'Time in which a ticket of POST /session has to be used',
  }),
  operatorToken: textKey('TICKWIRE_OPERATOR_TOKEN', {
    fallback: '',
    pattern: /^[\x21-\x7e]{16,256}$/,
    range: '16 to 256 visible ASCII characters',
    about:
      'Token of those who see and change the registry of nodes at /services; when not set, there is no such path',
    secret: true,
  }),
} as const;
