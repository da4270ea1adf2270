import { isUtf8 } from 'node:buffer';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { closeCodes } from '#protocol/close-codes.ts';
import { codecs } from '#protocol/codec.ts';
import type { Attack } from './attacks.ts';
import { readAnswer } from './hub-answer.ts';

/** Where an attack goes. */
export interface Target {
  readonly port: number;
  readonly operationsPort: number;
}

/** What an attack gave away of the hub; undefined: it answered as the contract says. */
export type Finding = string | undefined;

export interface Outcome {
  readonly finding: Finding;
  /** Parts of the attack that the hub is known to have taken: what follows those may have found it closed. */
  readonly sent: number;
}

type MessageAttack = Extract<Attack, { kind: 'messages' }>;

const answerTimeoutMs = 20_000;
/** So long the hub may take up what a connection sent before it is cut. */
const lingerMs = 15;
/** Each from an address of its own, in turn, so that the ports of one do not run out while closed ones linger. */
const addressesMax = 200;
let attackers = 0;

/** Attacks, over a connection of its own, and ends that in one of several ways. */
export async function carryOut(attack: Attack, target: Target): Promise<Outcome> {
  const localAddress = `127.0.1.${1 + (attackers++ % addressesMax)}`;
  if (attack.kind === 'messages') return sendMessages(attack, target, localAddress);
  const port = attack.kind === 'http' && attack.operations ? target.operationsPort : target.port;
  return sendBytes(attack, port, localAddress);
}

/**
 * The last of what is sent is a ping: it is answered, or the hub had a documented reason to close. Others between tell
 * how far it came; of an attacker that does not read nobody knows.
 */
function sendMessages(attack: MessageAttack, { port }: Target, localAddress: string): Promise<Outcome> {
  const { format, parts, reads } = attack;
  let sent = 0;
  const codec = codecs[format];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, codec.subprotocol, {
    ...{ localAddress, perMessageDeflate: false, handshakeTimeout: answerTimeoutMs },
  });
  return new Promise((resolve) => {
    const end = (finding: Finding): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve({ finding, sent });
    };
    const timer = setTimeout(() => end(`no answer within ${answerTimeoutMs} ms`), answerTimeoutMs);
    socket.on('error', (error) => end(`the connection failed: ${error.message}`));
    socket.on('close', (code) => end(closeFinding(code, attack)));
    socket.on('message', (data: Buffer, binary) => {
      try {
        const message = readAnswer(format, data, binary);
        if (message.type !== 'pong') return;
        sent = Math.max(sent, takenParts(message.id));
        if (message.id === lastId(parts)) end(undefined);
      } catch (error) {
        end(`${(error as Error).message}: ${data.toString(binary ? 'hex' : 'utf8').slice(0, 1000)}`);
      }
    });
    socket.on('open', () => {
      if (!reads) socket.pause();
      for (const [at, { bytes, binary }] of parts.entries()) {
        if (at % partsPerPing === 0)
          socket.send(codec.encodeForClient({ type: 'ping', id: `${idPrefix}${at}` }));
        socket.send(bytes, { binary });
      }
      socket.send(codec.encodeForClient({ type: 'ping', id: lastId(parts) }));
      if (!reads) setTimeout(() => end(undefined), lingerMs);
    });
  });
}

const partsPerPing = 4;
/** No message of an attack has an `id` that begins so. */
const idPrefix = 'after part ';

function lastId(parts: readonly unknown[]): string {
  return `${idPrefix}${parts.length}`;
}

/** The parts before that ping; 0 when it was an attack's own. */
function takenParts(id: unknown): number {
  return typeof id === 'string' && id.startsWith(idPrefix) ? Number(id.slice(idPrefix.length)) : 0;
}

/** What the connection ends with after bad UTF-8 in a text frame, which uWebSockets refuses without a word. */
const abruptCodes: readonly number[] = [1002, 1006, 1007];
const abuseCodes: readonly number[] = [
  closeCodes.protocol_abuse,
  closeCodes.message_too_large,
  closeCodes.rate_abuse,
];
const tokenCodes: readonly number[] = [
  closeCodes.unauthenticated,
  closeCodes.token_expired,
  closeCodes.user_sockets,
];

function closeFinding(code: number, { parts, authenticates }: MessageAttack): Finding {
  if (abuseCodes.includes(code) || (authenticates && tokenCodes.includes(code))) return undefined;
  const badText = parts.some(({ bytes, binary }) => !binary && !isUtf8(bytes));
  return badText && abruptCodes.includes(code) ? undefined : `the hub closed with ${code}`;
}

/**
 * Bytes that need be no HTTP and no frames; all count as sent when the hub left the connection open, else the first. An
 * answer that comes first has to be one of HTTP, and no failure.
 */
async function sendBytes({ parts }: Attack, port: number, localAddress: string): Promise<Outcome> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  let head = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const answered = new Promise<void>((resolve) => {
    socket.on('data', (data: Buffer) => {
      if (head.length < headLengthMax) head += data.toString('latin1').slice(0, headLengthMax);
      resolve();
    });
  });
  socket.on('error', () => socket.destroy()); // the hub may end it at any moment
  const [first, ...others] = parts;
  if (first !== undefined) socket.write(first.bytes);
  await Promise.race([answered, closed, delay(lingerMs)]);
  for (const { bytes } of others) if (socket.writable) socket.write(bytes);
  await Promise.race([closed, delay(lingerMs)]);
  const sent = socket.destroyed || socket.readableEnded ? Math.min(1, parts.length) : parts.length;
  if (parts.length % 3 === 0) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
  return { finding: headFinding(head), sent };
}

function headFinding(head: string): Finding {
  if (head === '') return undefined;
  if (!/^HTTP\/1\.[01] [1-5]\d\d/.test(head)) return `the first answer is not HTTP: ${head}`;
  return /^HTTP\/1\.[01] 500/.test(head) ? head : undefined;
}

const headLengthMax = 400;
