import type { WireFormat } from '#protocol/codec.ts';
import { frame, openingRequest } from '#test/harness/hostile-frames.ts';
import { createSeededRandom } from '#test/harness/seeded-random.ts';
import { below, oneOf, type Random, several } from './choice.ts';
import { hostileMessage } from './hostile-message.ts';
import { hostileRequest } from './hostile-request.ts';
import { type HostileValue, hostileJson, hostileMsgpack } from './hostile-value.ts';
import type { AttackTokens } from './tokens.ts';

/** What one connection does to the hub; `parts` are what a repetition may leave out. */
export type Attack =
  | {
      readonly kind: 'messages';
      readonly format: WireFormat;
      readonly reads: boolean;
      /** Whether it shows tokens; one that is refused may end the connection. */
      readonly authenticates: boolean;
      readonly parts: readonly Part[];
    }
  | { readonly kind: 'frames'; readonly parts: readonly Part[] }
  | { readonly kind: 'http'; readonly operations: boolean; readonly parts: readonly Part[] };

/** One message, frame or request. */
export interface Part {
  readonly bytes: Uint8Array;
  /** Of a message: whether its frame says that it is binary. */
  readonly binary: boolean;
}

const messagesMax = 60;

/**
 * The attack of that number, the same for the same seed.
 * @param tokens shown among the messages; undefined: none, the hub wants none
 */
export function createAttack(
  seed: number,
  number: number,
  symbols: readonly string[],
  tokens?: AttackTokens,
): Attack {
  const random = createSeededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b));
  random(); // the first of neighbouring seeds are alike
  const kind = random();
  if (kind < 0.06) return httpAttack(random);
  if (kind < 0.14) return frameAttack(random);
  return messageAttack(random, symbols, tokens);
}

function messageAttack(random: Random, symbols: readonly string[], tokens: AttackTokens | undefined): Attack {
  const format = random() < 0.5 ? 'json' : 'msgpack';
  const messages = several(1 + below(random, messagesMax), () => hostileMessage(random, symbols));
  const parts = (tokens === undefined ? messages : withTokens(random, messages, tokens)).map(
    (message): Part => {
      const bytes =
        format === 'json' ? Buffer.from(hostileJson(message)) : Uint8Array.from(hostileMsgpack(message));
      const binary = random() < 0.01 ? format === 'json' : format !== 'json';
      return { bytes: random() < 0.1 ? damaged(random, bytes) : bytes, binary };
    },
  );
  return { kind: 'messages', format, reads: random() > 0.03, authenticates: tokens !== undefined, parts };
}

/** Most begin with a good token, or nearly; some with a bad one, or none. Later ones are of all kinds. */
function withTokens(random: Random, messages: readonly HostileValue[], tokens: AttackTokens): HostileValue[] {
  const beginning = random();
  const first = beginning < 0.75 ? tokens.good : tokens.bad;
  const firstAt = beginning < 0.9 ? below(random, 4) : messages.length;
  const any = [...tokens.good, ...tokens.bad];
  return messages.flatMap((message, at) => {
    if (at === Math.min(firstAt, messages.length - 1) && beginning < 0.9)
      return [authenticate(oneOf(random, first)), message];
    return at > firstAt && random() < 0.06 ? [authenticate(oneOf(random, any)), message] : [message];
  });
}

function authenticate(token: string): HostileValue {
  return {
    pairs: [
      ['type', 'authenticate'],
      ['token', token],
      ['id', 'token'],
    ],
  };
}

function frameAttack(random: Random): Attack {
  const frames = several(below(random, 20), () => frame(random));
  return { kind: 'frames', parts: [openingRequest(random), ...frames].map(toPart) };
}

function httpAttack(random: Random): Attack {
  const requests = several(1 + below(random, 4), () => hostileRequest(random));
  return { kind: 'http', operations: random() < 0.3, parts: requests.map(toPart) };
}

function toPart(bytes: Uint8Array): Part {
  return { bytes, binary: true };
}

/** With up to four bytes changed or doubled, and sometimes cut off. */
function damaged(random: Random, bytes: Uint8Array): Uint8Array {
  let changed = Buffer.from(bytes);
  for (let changes = 1 + below(random, 4); changes > 0 && changed.length > 0; changes--) {
    const at = below(random, changed.length);
    if (random() < 0.7)
      changed[at] = oneOf(random, [0, 0x22, 0x7b, 0x5d, 0x80, 0xc1, 0xdf, 0xff, below(random, 256)]);
    else changed = Buffer.concat([changed.subarray(0, at + 1), changed.subarray(at)]);
  }
  return random() < 0.3 ? changed.subarray(0, below(random, changed.length)) : changed;
}
