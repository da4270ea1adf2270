import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpAnswer, plainHeaderValue } from './answer.ts';
import { type BodyLimits, BodyReader, noBody } from './body.ts';
import { announcesBody, type HttpHeader, type HttpRequest } from './request.ts';
import type { Dispatch } from './route.ts';

/** Has a request of Node's server answered by `dispatch`. */
export function answerNodeRequest(
  native: IncomingMessage,
  response: ServerResponse,
  dispatch: Dispatch,
  limits: BodyLimits,
): void {
  const reader = announcesBody({ headers: headersOf(native) }) ? readBody(native, limits) : undefined;
  const send = (answer: HttpAnswer): void => {
    sendNodeAnswer(response, answer, answer.close === true || reader?.whole === false);
    reader?.abandon();
  };
  const answer = dispatch(requestOfNode(native, reader));
  if (answer instanceof Promise) void answer.then(send);
  else send(answer);
}

/** @param reader reads its body; undefined: it has none */
export function requestOfNode(native: IncomingMessage, reader?: BodyReader): HttpRequest {
  const { method = '', url = '', socket } = native;
  const [path = '', ...query] = url.split('?');
  const body = reader?.body ?? noBody;
  return {
    ...{ method, path, query: query.join('?') },
    headers: headersOf(native),
    peer: socket.remoteAddress ?? '',
    proxied: '', // Node reads no PROXY protocol
    body: () => body,
  };
}

/** Nothing happens when the client is gone. @param closes the connection ends with the answer */
export function sendNodeAnswer(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  closes: boolean,
): void {
  if (response.destroyed) return;
  response.statusCode = status;
  for (const [name, value] of headers) response.appendHeader(name, plainHeaderValue(value));
  if (closes) response.setHeader('Connection', 'close');
  if (body !== undefined) response.setHeader('Content-Length', body.length); // Node says it by itself, but not to HEAD
  response.end(body);
}

function headersOf({ rawHeaders }: IncomingMessage): readonly HttpHeader[] {
  const headers: HttpHeader[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? '']);
  return headers;
}

function readBody(native: IncomingMessage, limits: BodyLimits): BodyReader {
  const reader = new BodyReader(limits);
  native.on('data', (chunk: Buffer) => reader.add(chunk));
  native.on('end', () => reader.end());
  native.on('error', () => reader.abandon());
  native.on('close', () => reader.abandon());
  return reader;
}
