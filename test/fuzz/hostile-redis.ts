import { symbolOf, tickOf } from '#fanout/fixtures.ts';
import {
  catalogueKey,
  catalogueVersionKey,
  groupMessagesChannel,
  nodeSlotKey,
  sourcesKey,
  streamKey,
} from '#fanout/redis/keys.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { below, oneOf, type Random, several } from './choice.ts';

type Client = RedisProcess['client'];
type Attack = (client: Client, victim: string, random: Random) => Promise<unknown>;

/** Numbers at which something may end: of lengths, dates, loops, timers and exact integers. */
const numbers = [
  ...['0', '-1', '007', '1e300', '4294967296', '2147483648', '1000000000000', '8640000000000001'],
  ...['4503599627370496', '9007199254740991', '9007199254740992', '9007199254740993', '9999999999999999'],
  ...['18446744073709551615', '99999999999999999999999', 'NaN', '', ' '],
];
const doubles = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  5e-324,
  1.7e308,
  -9e15,
  8.64e15,
];

/** Does something that no process of ours does to what hubs read of `victim`, or of everybody. Rejects where Redis refuses. */
export function attackRedis(client: Client, victim: string, random: Random): Promise<unknown> {
  return oneOf(random, attacks)(client, victim, random);
}

/** The byte strings that stand for messages and payloads: random, or a right one with something wrong in it. */
function hostilePayload(victim: string, random: Random): Buffer {
  const payload = Buffer.from(encodeTick(tickOf(symbolOf(victim), random() * 100)));
  switch (below(random, 5)) {
    case 0:
      return randomBytes(below(random, 200), random);
    case 1:
      return payload.subarray(0, below(random, payload.length));
    case 2:
      payload.writeDoubleBE(oneOf(random, doubles), oneOf(random, [4, 12, 20]));
      return payload;
    case 3:
      payload[below(random, payload.length)] = below(random, 256);
      return payload;
    default:
      return payload;
  }
}

function hostileMessage(victim: string, random: Random): Buffer {
  if (random() < 0.1) return randomBytes(below(random, 100), random);
  const head = `${oneOf(random, numbers)}-${oneOf(random, numbers)} `;
  return Buffer.concat([Buffer.from(head), hostilePayload(victim, random)]);
}

/** Ticks as a group message has them, with lengths that may point anywhere. */
function hostileGroupMessage(victim: string, random: Random): Buffer {
  const parts = several(1 + below(random, 4), () => {
    const payload = hostilePayload(victim, random);
    const length = random() < 0.5 ? payload.length : below(random, 65_536);
    const head = Buffer.from([length >> 8, length & 0xff]);
    const channel =
      random() < 0.8 ? streamKey(symbolOf(victim)) : oneOf(random, ['', 'x', 'tw:{0}::bundles']);
    return Buffer.concat([head, Buffer.from(`${channel} ${oneOf(random, numbers)}-1 `), payload]);
  });
  const groupMessage = Buffer.concat(parts);
  return random() < 0.5 ? groupMessage : groupMessage.subarray(0, below(random, groupMessage.length));
}

function randomBytes(length: number, random: Random): Buffer {
  return Buffer.from(several(length, () => below(random, 256)));
}

/** JSON of a source or node with something out of its range; also none at all. */
function hostileJson(random: Random): string {
  const number = oneOf(random, ['1e300', '-1', '1e400', '0.5', '9007199254740993', '"7"', 'null', '[]']);
  const counts = '"symbols":1,"published":0,"gaveUp":0,"venueGaps":0,"reconnects":0,"rejected":{}';
  return oneOf(random, [
    `{"source":"evil","instance":"e","state":"stale",${counts},"lastTickAt":${number}}`,
    `{"source":"evil","instance":"e","state":"leading",${counts.replace(':1', `:${number}`)}}`,
    '{"source":"evil"',
    '['.repeat(5000),
    String(number),
  ]);
}

const attacks: readonly Attack[] = [
  (client, victim, random) => client.publish(streamKey(symbolOf(victim)), hostileMessage(victim, random)),
  (client, victim, random) => client.publish(groupMessagesChannel(0), hostileGroupMessage(victim, random)),
  (client, victim, random) => {
    const id = `${oneOf(random, numbers)}-${oneOf(random, [...numbers, '*'])}`;
    return client.xadd(streamKey(symbolOf(victim)), id, 't', hostilePayload(victim, random));
  },
  async (client, victim, random) => {
    const key = streamKey(symbolOf(victim));
    await client.del(key);
    if (random() < 0.5) await client.set(key, 'x');
    else await client.hset(key, 'a', 'b');
  },
  async (client, _victim, random) => {
    await client.hset(catalogueKey, randomBytes(below(random, 40), random), randomBytes(5, random));
    await client.set(catalogueVersionKey, oneOf(random, numbers));
  },
  (client, _victim, random) =>
    client.hset(sourcesKey, `evil ${below(random, 50)}`, `${oneOf(random, numbers)} ${hostileJson(random)}`),
  (client, _victim, random) =>
    client.set(
      nodeSlotKey('hub', below(random, 50)),
      `${oneOf(random, numbers)} ${hostileJson(random)}`,
      'PX',
      60_000,
    ),
  (client, victim, random) =>
    client.publish(
      oneOf(random, [streamKey(symbolOf(victim)), groupMessagesChannel(0)]),
      Buffer.alloc(300_000, 0x39),
    ),
];
