import { integerKey, textKey } from '#runtime/config.ts';

/** Environment of the hub for sessions and the registry of nodes. */
export const nodeKeys = {
  publicUrl: textKey('TICKWIRE_PUBLIC_URL', {
    fallback: '',
    pattern: /^wss?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
    range: 'a ws:// or wss:// address without ? and #, e.g. wss://ticks.example.com/ws',
    about:
      "Where clients reach this hub's sockets, by the gateway where there is one: what POST /session sends them to; " +
      'when not set, the address and port that the hub listens on',
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
