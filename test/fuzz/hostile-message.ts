import { below, oneOf, type Random, several } from './choice.ts';
import type { HostileMap, HostileValue, Verbatim } from './hostile-value.ts';

/**
 * A message of the contract's grammar with some of it gone wrong: a field of another type or size, missing, twice, or
 * one that nobody knows; names that mean something to JavaScript; nesting; text that is hard to write down.
 * @param symbols those that the hub knows
 */
export function hostileMessage(random: Random, symbols: readonly string[]): HostileValue {
  if (random() < 0.05) return hostileValue(random, 0);
  const fields = messageFields(random, symbols).map(([name, value]): [HostileValue, HostileValue] => [
    random() < 0.02 ? hostileValue(random, 3) : name,
    random() < 0.12 ? hostileValue(random, 0) : value,
  ]);
  const kept = fields.filter(() => random() > 0.03);
  if (random() < 0.2) kept.push([oneOf(random, names), hostileValue(random, 0)]);
  if (random() < 0.05) kept.push(oneOf(random, fields));
  return { pairs: kept };
}

type Field = readonly [string, HostileValue];

function messageFields(random: Random, symbols: readonly string[]): Field[] {
  const id: Field = ['id', random() < 0.5 ? below(random, 1000) : oneOf(random, texts)];
  const type = random();
  if (type < 0.15) return [['type', 'ping'], id];
  if (type < 0.25) return [['type', oneOf(random, texts)], id];
  const wanted: Field = ['symbols', several(1 + below(random, 4), () => symbolText(random, symbols))];
  if (type < 0.5) return [['type', 'unsubscribe'], wanted, id];
  const frequency: Field = ['frequency', oneOf(random, [0, 0, 1, 99.5, 100, 5000, 60_000])];
  return [['type', 'subscribe'], wanted, id, frequency, ['since', since(random, symbols)]];
}

function symbolText(random: Random, symbols: readonly string[]): HostileValue {
  return random() < 0.7 ? oneOf(random, symbols) : oneOf(random, [...texts, ...names]);
}

function since(random: Random, symbols: readonly string[]): HostileMap {
  const entries = several(below(random, 4), (): [HostileValue, HostileValue] => [
    symbolText(random, symbols),
    oneOf(random, positions),
  ]);
  return { pairs: entries };
}

function hostileValue(random: Random, depth: number): HostileValue {
  const kind = random();
  if (kind < 0.2) return oneOf(random, numbers);
  if (kind < 0.5) return oneOf(random, [...texts, ...positions]);
  if (kind < 0.6) return oneOf(random, [null, true, false]);
  if (kind < 0.75) return oneOf(random, verbatim);
  if (kind < 0.78) return several(below(random, 3000), () => oneOf(random, texts.slice(0, 5)));
  if (kind < 0.81) return nested(2 + below(random, 40));
  if (depth > 3) return oneOf(random, names);
  if (kind < 0.9) return several(below(random, 6), () => hostileValue(random, depth + 1));
  return {
    pairs: several(below(random, 6), (): [HostileValue, HostileValue] => [
      random() < 0.9 ? oneOf(random, names) : hostileValue(random, depth + 1),
      hostileValue(random, depth + 1),
    ]),
  };
}

function nested(depth: number): HostileValue {
  let value: HostileValue = 1;
  for (let level = 0; level < depth; level++)
    value = level % 2 === 0 ? [value] : { pairs: [['symbols', value]] };
  return value;
}

const numbers = [
  0,
  -0,
  -1,
  1.5,
  127,
  128,
  65_536,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  -(2 ** 53),
  2 ** 63,
  1e308,
  5e-324,
];

/** Names that mean something to JavaScript, or to the contract. */
const names = [
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'valueOf',
    'hasOwnProperty',
    'toJSON',
    'then',
    'length',
  ],
  ...['type', 'id', 'symbols', 'since', 'frequency', 'data', 'position', 'token', ''],
];

const texts = [
  ...['', 'A', 'S0', 's0', 'subscribe', 'SUBSCRIBE', 'authenticate', '*', '{0}', 'tw:{1}:S0', '\n', 'a b'],
  ...[
    '\u0000',
    '\u0000'.repeat(30),
    '\u202e\u2066',
    '\ufeffS0',
    'ﬀ',
    'İ',
    '\ud800',
    '\udc00S0',
    '💶',
    '"}]',
    '\\',
    '\u2028',
  ],
  ...[
    'x'.repeat(32),
    'x'.repeat(33),
    'x'.repeat(64),
    'x'.repeat(65),
    `${'x'.repeat(63)}💶`,
    `${'é'.repeat(63)}💶💶`,
  ],
  ...[
    `${'y'.repeat(31)}💶`,
    'e\u0301'.repeat(40),
    '💶'.repeat(70),
    'z'.repeat(5000),
    '-1',
    '0',
    '1e999',
    'null',
  ],
];

const positions = [
  ...[
    '0-0',
    '1731000000000-41',
    '9007199254740991-9007199254740991',
    '9007199254740992-0',
    '0-9999999999999999',
  ],
  ...['-1-0', '1-', '-', '1-1-1', ' 1-1', '1e3-1', '٣-٣', '1-1\n', '1'.repeat(400)],
];

/** In MessagePack: timestamps, other extensions, 64-bit numbers, not a number, binary data, lengths that lie. */
const verbatim: readonly Verbatim[] = [
  { json: 'NaN', msgpack: [0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0] },
  { json: '-Infinity', msgpack: [0xcb, 0xff, 0xf0, 0, 0, 0, 0, 0, 0] },
  { json: '9'.repeat(400), msgpack: [0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
  { json: '-9223372036854775808', msgpack: [0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0] },
  { json: '1e999', msgpack: [0xca, 0x7f, 0x80, 0, 0] },
  { json: '0x10', msgpack: [0xd6, 0xff, 0, 0, 0, 1] },
  { json: '01', msgpack: [0xd7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
  { json: 'undefined', msgpack: [0xd4, 0x00, 0x00] },
  { json: '"\\ud83d"', msgpack: [0xa3, 0xed, 0xa0, 0xbd] },
  { json: '"\\u00"', msgpack: [0xa2, 0xc3, 0x28] },
  { json: '/* */ 1', msgpack: [0xc4, 0x02, 0x01, 0x02] },
  { json: "'A'", msgpack: [0xc1] },
  { json: '[1,]', msgpack: [0xdd, 0xff, 0xff, 0xff, 0xff] },
  { json: '{"a":}', msgpack: [0xdf, 0x7f, 0xff, 0xff, 0xff] },
  { json: '"', msgpack: [0xdb, 0xff, 0xff, 0xff, 0xff] },
  { json: '\t1\r\n', msgpack: [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61] },
];
