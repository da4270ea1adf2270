import type { IncomingMessage } from 'node:http';
import { assertNever } from '#runtime/assert-never.ts';
import { isAuthorised } from '#runtime/bearer.ts';
import { type Body, readBody } from './http-body.ts';
import {
  type ParsedBody,
  type ParsedItem,
  parseItem,
  parseJsonBody,
  parseJsonLines,
  pushAdvice,
} from './push-request.ts';
import type { PushAnswer, PushDoor } from './venues/push.ts';

/** An answer, to be written as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PushDeps {
  readonly door: PushDoor;
  /** The bearer token of those who may push. */
  readonly token: string;
}

export interface PushLimits {
  readonly bodyMaxBytes: number;
  /** Ticks in one request. */
  readonly itemsMax: number;
}

export const pushLimits: PushLimits = { bodyMaxBytes: 1_048_576, itemsMax: 10_000 };

/** Answers `POST /ticks`; undefined when nobody is left to be answered. */
export async function answerPush(
  request: IncomingMessage,
  deps: PushDeps,
  limits: PushLimits,
): Promise<Answer | undefined> {
  if (!isAuthorised(request.headers.authorization, deps.token))
    return refuse(401, 'send the header "Authorization: Bearer <token>"', { 'WWW-Authenticate': 'Bearer' });
  const parse = parserOf(request.headers['content-type']);
  if (parse === undefined) return refuse(415, 'send application/json or application/x-ndjson, uncompressed');
  if (request.headers['content-encoding'] !== undefined) return refuse(415, 'send the body uncompressed');
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyMaxBytes) return tooLarge(limits);
  return answerBody(await readBody(request, limits.bodyMaxBytes), parse, deps, limits);
}

type Parse = (text: string) => ParsedBody;

function parserOf(contentType: string | undefined): Parse | undefined {
  switch (contentType?.split(';', 1)[0]?.trim().toLowerCase()) {
    case 'application/json':
      return parseJsonBody;
    case 'application/x-ndjson':
      return parseJsonLines;
    default:
      return undefined;
  }
}

function answerBody(body: Body, parse: Parse, deps: PushDeps, limits: PushLimits): Answer | undefined {
  switch (body.state) {
    case 'cut_off':
      return undefined;
    case 'too_large':
      return tooLarge(limits);
    case 'not_utf8':
      return refuse(400, 'the body is not UTF-8');
    case 'complete':
      return answerText(body.text, parse, deps.door, limits);
    default:
      return assertNever(body);
  }
}

function answerText(text: string, parse: Parse, door: PushDoor, limits: PushLimits): Answer {
  const body = parse(text);
  if (!body.ok) return refuse(400, body.problem);
  if (body.items.length > limits.itemsMax) return tooLarge(limits);
  const items = body.items.map(parseItem);
  const outcome = door.offer(items.flatMap((item) => (item.ok ? [item.tick] : [])));
  if (outcome === 'standby')
    return later('another process leads the push source, or none yet; try the next one');
  if (outcome === 'full') return later('the queue is full, because Redis is away; try again');
  return { status: 200, body: report(items, outcome) };
}

/** @param answers those of the items that are ticks, in their order */
function report(items: readonly ParsedItem[], answers: readonly PushAnswer[]): object {
  let next = 0;
  const results = items.map((item, index) => {
    const answer = item.ok ? (answers[next++] ?? 'closed') : item;
    if (answer === 'accepted') return { index, status: 'accepted' };
    return { index, status: 'rejected', ...reasonOf(answer) };
  });
  const accepted = results.filter(({ status }) => status === 'accepted').length;
  return { accepted, rejected: results.length - accepted, results };
}

function reasonOf(answer: Exclude<PushAnswer, 'accepted'> | Extract<ParsedItem, { ok: false }>): object {
  if (typeof answer === 'object') return { code: answer.code, message: answer.message };
  if (answer === 'closed')
    return { code: 'closed', message: 'this process has stopped leading; send it again' };
  return { code: answer, message: pushAdvice[answer] };
}

function tooLarge({ bodyMaxBytes, itemsMax }: PushLimits): Answer {
  return refuse(413, `send at most ${bodyMaxBytes} bytes and ${itemsMax} ticks at a time`);
}

function later(message: string): Answer {
  return refuse(503, message, { 'Retry-After': '1' });
}

/** An answer for something that is not as it should be; `message` says what to do. */
export function refuse(status: number, message: string, headers: Answer['headers'] = {}): Answer {
  return { status, body: { error: message }, headers };
}
