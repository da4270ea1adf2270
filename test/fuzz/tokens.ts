import { createHmac } from 'node:crypto';

const secret = 'a secret of the fuzzer, 32 characters and more';
/** 2100-01-01: the same tokens in each run, so that a seed stands for the same attacks. */
const farOff = 4_102_444_800;

/** What a hub that wants tokens is told of them. */
export const tokenSettings = { AUTH: 'jwt', JWT_SECRET: secret, JWT_ISSUER: 'fuzz' } as const;

/** Tokens that attackers show. */
export interface AttackTokens {
  /** Each is one of the issuer's; some give little, and one no socket. */
  readonly good: readonly string[];
  /** Each is to be refused. */
  readonly bad: readonly string[];
}

/** A token that gives everything. */
export function fullToken(user: string): string {
  return sign(hs256, { ...whole, sub: user });
}

export function attackTokens(): AttackTokens {
  return {
    good: [fullToken('ann'), ...goodClaims.map((claims) => sign(hs256, { ...whole, ...claims }))],
    bad: [
      ...badClaims.map((claims) => sign(hs256, { ...whole, ...claims })),
      ...badHeaders.map((header) => sign(header, whole)),
      ...badPayloads.map((payload) => sign(hs256, payload)),
      ...[sign(hs256, whole, 'another secret of 32 characters and more'), `${fullToken('ann')}x`],
      ...[fullToken('ann').slice(0, -1), fullToken('ann').replace(/\.[^.]*$/, '.'), ` ${fullToken('ann')}`],
      ...[
        '',
        '.',
        '..',
        'a.b.c',
        'null',
        'e30.e30.',
        `${'a'.repeat(9000)}.b.c`,
        '💶.💶.💶',
        '\u0000.\u0000.\u0000',
      ],
    ],
  };
}

const hs256 = { alg: 'HS256' };
const whole = { iss: 'fuzz', sub: 'ann', exp: farOff };

const goodClaims: readonly object[] = [
  { sub: 'bob' },
  { sub: '💶' },
  { sub: '__proto__' },
  { tickwire: {} },
  { tickwire: { symbols: ['S0'] } },
  { tickwire: { symbols: ['S1', 'S*'], frequency_min: 1000 } },
  { tickwire: { symbols: [] } },
  { sub: 'few', tickwire: { sockets: 2 } },
  { sub: 'nobody', tickwire: { sockets: 0 } },
];

const badClaims: readonly object[] = [
  ...[{ exp: 1 }, { exp: -1 }, { exp: 'tomorrow' }, { exp: null }, { exp: undefined }, { nbf: farOff }],
  ...[
    { sub: '' },
    { sub: 7 },
    { sub: undefined },
    { sub: 'x'.repeat(257) },
    { iss: 'other' },
    { iss: undefined },
  ],
  ...[{ tickwire: null }, { tickwire: [] }, { tickwire: 'all' }, { tickwire: { admin: true } }],
  ...[{ tickwire: { symbols: 'S0' } }, { tickwire: { symbols: [7] } }, { tickwire: { frequency_min: -1 } }],
  ...[{ tickwire: { delayed_minutes: -15 } }, { tickwire: { sockets: 'many' } }],
  ...[farOff * 1000, farOff * 1e6, Number.MAX_SAFE_INTEGER, 8.64e12 + 1, 1e300].flatMap((time) => [
    { exp: time },
    { nbf: time },
    { iat: time },
  ]),
  ...[{ tickwire: { sockets: 1e300 } }, { tickwire: { frequency_min: 1e300 } }, { iat: '1' }],
  { tickwire: { symbols: Array.from({ length: 65 }, (_, i) => `*${'a*'.repeat(20)}${i}`) } },
];

const badHeaders: readonly object[] = [
  ...[{}, { alg: 'none' }, { alg: 'HS384' }, { alg: 'RS256' }, { alg: 7 }, { alg: 'HS256', crit: ['exp'] }],
  { alg: 'HS256', b64: false, crit: ['b64'] },
];

const badPayloads: readonly unknown[] = [null, [], 'text', 1e308];

function sign(header: object, payload: unknown, key = secret): string {
  const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encoded(header)}.${encoded(payload)}`;
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}
