import type { IncomingMessage } from 'node:http';
import type { Clock } from '#feed-adapter/clock.ts';
import { formatPosition } from '#protocol/position.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { isAuthorised } from '#runtime/http/bearer.ts';
import type { PushOutcome } from './awaited-tick.ts';
import { type Body, readBody } from './http-body.ts';
import {
  type ParsedBody,
  type ParsedItem,
  parseItem,
  parseJsonBody,
  parseJsonLines,
  pushAdvice,
} from './push-request.ts';
import type { PushOffer, PushReceiver } from './push-venue.ts';

/** An answer, to be written as JSON. */
export interface Answer {
  readonly status: number;
  readonly body: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where pushed ticks go, and who may push them. */
export interface PushDeps {
  readonly pushReceiver: PushReceiver;
  /** The bearer token of those who may push. */
  readonly token: string;
  readonly clock: Pick<Clock, 'after'>;
}

/** How large a push may be, and how long its answer may wait. */
export interface PushLimits {
  readonly bodyMaxBytes: number;
  /** Ticks in one request. */
  readonly itemsMax: number;
  /** The answer waits so long for the outcomes of the ticks; those not known by then are reported as waiting. */
  readonly answerWithinMs: number;
}

/** Bytes, ticks and ms of one request. */
export const pushLimits: PushLimits = { bodyMaxBytes: 1_048_576, itemsMax: 10_000, answerWithinMs: 2000 };

/**
 * Answers `POST /ticks`; undefined when nobody is left to be answered. A tick is `accepted` when it is published, and
 * until then `waiting`: 202, when there is one after `answerWithinMs`.
 */
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

async function answerBody(
  body: Body,
  parse: Parse,
  deps: PushDeps,
  limits: PushLimits,
): Promise<Answer | undefined> {
  switch (body.state) {
    case 'cut_off':
      return undefined;
    case 'too_large':
      return tooLarge(limits);
    case 'not_utf8':
      return refuse(400, 'the body is not UTF-8');
    case 'complete':
      return answerText(body.text, parse, deps, limits);
    default:
      return assertNever(body);
  }
}

async function answerText(text: string, parse: Parse, deps: PushDeps, limits: PushLimits): Promise<Answer> {
  const body = parse(text);
  if (!body.ok) return refuse(400, body.problem);
  if (body.items.length > limits.itemsMax) return tooLarge(limits);
  const items = body.items.map(parseItem);
  const offer = deps.pushReceiver.offer(items.flatMap((item) => (item.ok ? [item.tick] : [])));
  if (offer === 'standby')
    return later('another process leads the push source, or none yet; try the next one');
  if (offer === 'full') return later('the queue is full, because Redis is away; try again');
  await settledWithin(offer, deps.clock, limits.answerWithinMs);
  return report(items, offer.outcomes());
}

function settledWithin({ settled }: PushOffer, clock: Pick<Clock, 'after'>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    void settled.then(() => {
      cancel();
      resolve();
    });
  });
}

/** @param outcomes those of the items that are ticks, in their order */
function report(items: readonly ParsedItem[], outcomes: readonly PushOutcome[]): Answer {
  let next = 0;
  const results = items.map((item, index) => ({
    index,
    ...(item.ok
      ? resultOf(outcomes[next++] ?? { state: 'rejected', code: 'closed' })
      : { status: 'rejected', code: item.code, message: item.message }),
  }));
  const count = (status: string): number => results.filter((result) => result.status === status).length;
  const waiting = count('waiting');
  const body = { accepted: count('accepted'), rejected: count('rejected'), waiting, results };
  return { status: waiting > 0 ? 202 : 200, body };
}

function resultOf(outcome: PushOutcome): { readonly status: string; readonly [detail: string]: string } {
  switch (outcome.state) {
    case 'published':
      return {
        status: 'accepted',
        ...(outcome.position !== undefined && { position: formatPosition(outcome.position) }),
      };
    case 'waiting':
      return { status: 'waiting' };
    case 'rejected':
      return { status: 'rejected', code: outcome.code, message: pushAdvice[outcome.code] };
    default:
      return assertNever(outcome);
  }
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
