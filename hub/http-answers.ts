import type uWS from 'uWebSockets.js';
import { securityHeaders } from './security-headers.ts';

type Headers = readonly (readonly [name: string, value: string])[];

/** Answers with JSON that is made at once, and short. */
export function sendJson(
  response: uWS.HttpResponse,
  status: string,
  body: unknown,
  headers: Headers = [],
): void {
  sendBody(response, status, Buffer.from(JSON.stringify(body)), [...headers, jsonType]);
}

/**
 * Answers with a body of any length, which is sent as fast as the client reads. What it has yet to read stays in
 * `body`, which all share: `end` would copy the rest for each of them, and a list of 50,000 symbols is 2 MB.
 */
export function sendBody(response: uWS.HttpResponse, status: string, body: Buffer, headers: Headers): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of [...securityHeaders, ...headers]) response.writeHeader(name, value);
    const [sent] = response.tryEnd(body, body.length);
    if (sent) return;
    response.onAborted(() => undefined); // nothing is left to do: the body is everybody's
    response.onWritable((offset) => response.tryEnd(body.subarray(offset), body.length)[0]);
  });
}

export function sendWithoutBody(response: uWS.HttpResponse, status: string, headers: Headers): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of [...securityHeaders, ...headers]) response.writeHeader(name, value);
    response.endWithoutBody();
  });
}

/** Refuses a request for good: the connection is closed, as there may be a body to come that nobody reads. */
export function refuseRequest(
  response: uWS.HttpResponse,
  status: string,
  error: string,
  headers: Headers = [],
): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of [...securityHeaders, ...headers, jsonType]) response.writeHeader(name, value);
    response.end(JSON.stringify({ error }), true);
  });
}

/** Calls `answer` with what was `made`, unless the client is gone by then. */
export function answerLater<Made>(
  response: uWS.HttpResponse,
  made: Promise<Made>,
  answer: (made: Made) => void,
): void {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  void made.then((result) => {
    if (!aborted) answer(result);
  });
}

export const jsonType = ['Content-Type', 'application/json'] as const;

export type HttpHeader = readonly [name: string, value: string];

/** What is as it is for this client, or for this moment. */
export const uncached = ['Cache-Control', 'no-store'] as const;
/** What everybody gets, and what is made anew every second. */
export const cachedForAll = ['Cache-Control', 'public, max-age=1, must-revalidate'] as const;
/** A cache between may keep a file of the page for ten seconds; browsers ask again, with its tag. */
export const cachedFile = ['Cache-Control', 'public, max-age=1, s-maxage=10, must-revalidate'] as const;
