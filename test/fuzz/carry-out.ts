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

type MessageAttack = Extract<Attack, { kind: 'messages' }>;

const answerTimeoutMs = 20_000;
/** So long the hub may take up what a connection sent before it is cut. */
const lingerMs = 15;
/** Each from an address of its own, in turn, so that the ports of one do not run out while closed ones linger. */
const addressesMax = 200;
let attackers = 0;

/** Attacks, over a connection of its own, and ends that in one of several ways. */
export async function carryOut(attack: Attack, target: Target): Promise<Finding> {
  const localAddress = `127.0.1.${1 + (attackers++ % addressesMax)}`;
  if (attack.kind === 'messages') return sendMessages(attack, target, localAddress);
  const port = attack.kind === 'http' && attack.operations ? target.operationsPort : target.port;
  return sendBytes(attack, port, localAddress);
}

/** The last of what is sent is a ping: it is answered, or the hub had a documented reason to close. */
function sendMessages(attack: MessageAttack, { port }: Target, localAddress: string): Promise<Finding> {
  const { format, parts, reads } = attack;
  const codec = codecs[format];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, codec.subprotocol, {
    ...{ localAddress, perMessageDeflate: false, handshakeTimeout: answerTimeoutMs },
  });
  return new Promise((resolve) => {
    const end = (finding: Finding): void => {
      clearTimeout(timer);
      socket.terminate();
      resolve(finding);
    };
    const timer = setTimeout(() => end(`no answer within ${answerTimeoutMs} ms`), answerTimeoutMs);
    socket.on('error', (error) => end(`the connection failed: ${error.message}`));
    socket.on('close', (code) => end(closeFinding(code, attack)));
    socket.on('message', (data: Buffer, binary) => {
      try {
        const message = readAnswer(format, data, binary);
        if (message.type === 'pong' && message.id === lastId) end(undefined);
      } catch (error) {
        end(`${(error as Error).message}: ${data.toString(binary ? 'hex' : 'utf8').slice(0, 1000)}`);
      }
    });
    socket.on('open', () => {
      if (!reads) socket.pause();
      for (const { bytes, binary } of parts) socket.send(bytes, { binary });
      socket.send(codec.encode({ type: 'ping', id: lastId }));
      if (!reads) setTimeout(() => end(undefined), lingerMs);
    });
  });
}

const lastId = 'the last one';
/** What the connection ends with after bad UTF-8 in a text frame, which uWebSockets refuses without a word. */
const abruptCodes: readonly number[] = [1002, 1006, 1007];
const abuseCodes: readonly number[] = [
  closeCodes.protocol_abuse,
  closeCodes.message_too_large,
  closeCodes.rate_abuse,
];

function closeFinding(code: number, { parts }: MessageAttack): Finding {
  if (abuseCodes.includes(code)) return undefined;
  const badText = parts.some(({ bytes, binary }) => !binary && !isUtf8(bytes));
  return badText && abruptCodes.includes(code) ? undefined : `the hub closed with ${code}`;
}

/** Bytes that need be no HTTP and no frames; an answer that comes first has to be one of HTTP, and no failure. */
async function sendBytes({ parts }: Attack, port: number, localAddress: string): Promise<Finding> {
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
  if (parts.length % 3 === 0) socket.resetAndDestroy();
  else socket.destroy();
  await closed;
  if (head === '' || /^HTTP\/1\.[01] [1-5]\d\d/.test(head))
    return /^HTTP\/1\.[01] 500/.test(head) ? head : undefined;
  return `the first answer is not HTTP: ${head}`;
}

const headLengthMax = 400;
