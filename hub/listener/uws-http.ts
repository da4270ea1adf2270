import { type HttpAnswer, plainHeaderValue, statusLine } from '#runtime/http/answer.ts';
import { type BodyLimits, BodyReader, noBody } from '#runtime/http/body.ts';
import { announcesBody, type HttpHeader, type HttpRequest, headerOf } from '#runtime/http/request.ts';
import type { Served } from './listener.ts';
import type { NativeApp, NativeRequest, NativeResponse } from './uws-types.ts';

/** Has everything on `app` but sockets answered, and its connections counted. */
export function serveRequests(
  app: NativeApp,
  { http, connections }: Pick<Served<unknown>, 'http' | 'connections'>,
  limits: BodyLimits,
): void {
  const counted = (response: NativeResponse, count: number): void => {
    if (count < 0) connections.closed();
    else if (!connections.opened(textOf(response.getRemoteAddressAsText()))) response.close();
  };
  app.filter(counted);
  app.any(Buffer.from('/*'), (response, native) => {
    const headers = headersOf(native);
    const reader = announcesBody({ headers }) ? readBody(response, limits) : undefined;
    const request = requestOf(response, native, headers, reader);
    const trailers = mayHaveTrailers(request);
    let aborted = false;
    response.onAborted(() => {
      aborted = true;
      reader?.abandon();
    });
    const send = (answer: HttpAnswer): void => {
      if (aborted) return;
      const closes = answer.close === true || reader?.whole === false || trailers || asksToClose(request);
      sendAnswer(response, request.method === 'HEAD' ? headOf(answer) : answer, closes);
      reader?.abandon();
    };
    connections.asked(request.peer);
    const answer = http(request);
    if (trailers) void Promise.resolve(answer).then((made) => setImmediate(send, made));
    else if (answer instanceof Promise) void answer.then(send);
    else send(answer);
  });
}

/**
 * Trailers may follow a chunked body, and uWebSockets takes them for the next request of the connection. It ends a
 * connection that has one while an answer is due: so this answer waits until all that came with its request is parsed,
 * and is the last of its connection. A client that does send trailers gets an error of the library, or no answer.
 */
function mayHaveTrailers(request: HttpRequest): boolean {
  return headerOf(request, 'transfer-encoding') !== '';
}

/** uWebSockets looks for it by itself, but not where an answer has no body. */
function asksToClose(request: HttpRequest): boolean {
  return headerOf(request, 'connection').toLowerCase().includes('close');
}

/** An answer as it is sent; `bodyBytes` is the length of a body that is left out. */
type SentAnswer = HttpAnswer & { readonly bodyBytes?: number };

function headOf({ status, headers, body }: HttpAnswer): SentAnswer {
  return { status, headers, ...(body !== undefined && { bodyBytes: body.length }) };
}

/** A handshake as a request; it has no body. */
export function handshakeOf(response: NativeResponse, native: NativeRequest): HttpRequest {
  return requestOf(response, native, headersOf(native), undefined);
}

/**
 * Sends an answer. What the client has yet to read of a long body stays in `body`, which all share: `end` would copy
 * the rest for each of them, and a list of 50,000 symbols is 2 MB.
 * @param closes the connection ends with the answer
 */
export function sendAnswer(response: NativeResponse, answer: SentAnswer, closes: boolean): void {
  const { body, bodyBytes } = answer;
  response.cork(() => {
    writeHead(response, answer);
    if (body === undefined) endWithoutBody(response, bodyBytes, closes);
    else if (closes) response.end(body, true);
    else sendBody(response, body);
  });
}

/** All that is read of a native request is read at once: it is gone when its handler returns. */
function requestOf(
  response: NativeResponse,
  native: NativeRequest,
  headers: readonly HttpHeader[],
  reader: BodyReader | undefined,
): HttpRequest {
  const body = reader?.body ?? noBody;
  return {
    method: native.getCaseSensitiveMethod(),
    path: native.getUrl(),
    query: native.getQuery() ?? '',
    headers,
    peer: textOf(response.getRemoteAddressAsText()),
    proxied: textOf(response.getProxiedRemoteAddressAsText()),
    body: () => body,
  };
}

function headersOf(native: NativeRequest): readonly HttpHeader[] {
  const headers: HttpHeader[] = [];
  native.forEach((name, value) => {
    headers.push([name, value]);
  });
  return headers;
}

function textOf(address: ArrayBuffer): string {
  return Buffer.from(address).toString('latin1');
}

/** Has to begin before anything is awaited: what comes before it is lost. */
function readBody(response: NativeResponse, limits: BodyLimits): BodyReader {
  const reader = new BodyReader(limits);
  response.onData((chunk, isLast) => {
    reader.add(new Uint8Array(chunk).slice()); // a copy: the chunk is only good during the call
    if (isLast) reader.end();
  });
  return reader;
}

function writeHead(response: NativeResponse, { status, headers }: HttpAnswer): void {
  response.writeStatus(Buffer.from(statusLine(status)));
  for (const [name, value] of headers)
    response.writeHeader(Buffer.from(name), Buffer.from(plainHeaderValue(value)));
}

/**
 * The library has a parameter for the length of a body that is left out, but then takes the answer for unfinished and
 * ends the connection at the next request. So it is told none; where it also should close, the client is asked to.
 */
function endWithoutBody(response: NativeResponse, bodyBytes: number | undefined, closes: boolean): void {
  if (bodyBytes === undefined) {
    if (closes) response.endWithoutBody(0, true);
    else response.endWithoutBody();
    return;
  }
  response.writeHeader(Buffer.from('Content-Length'), Buffer.from(String(bodyBytes)));
  if (closes) response.writeHeader(Buffer.from('Connection'), Buffer.from('close'));
  response.endWithoutBody();
}

function sendBody(response: NativeResponse, body: Buffer): void {
  const [sent] = response.tryEnd(body, body.length);
  if (!sent) response.onWritable((offset) => response.tryEnd(body.subarray(offset), body.length)[0]);
}
