import { type HttpAnswer, plainHeaderValue, statusLine } from '#runtime/http/answer.ts';
import { type BodyLimits, BodyReader, noBody } from '#runtime/http/body.ts';
import { announcesBody, type HttpHeader, type HttpRequest } from '#runtime/http/request.ts';
import type { Served } from './listener.ts';
import type { NativeApp, NativeRequest, NativeResponse } from './uws-types.ts';

/** Has everything on `app` but sockets answered by `handle`. */
export function serveRequests(app: NativeApp, handle: Served<unknown>['http'], limits: BodyLimits): void {
  app.any(Buffer.from('/*'), (response, native) => {
    const headers = headersOf(native);
    const reader = announcesBody({ headers }) ? readBody(response, limits) : undefined;
    let aborted = false;
    response.onAborted(() => {
      aborted = true;
      reader?.abandon();
    });
    const send = (answer: HttpAnswer): void => {
      if (aborted) return;
      sendAnswer(response, answer, answer.close === true || reader?.whole === false);
      reader?.abandon();
    };
    const answer = handle(requestOf(response, native, headers, reader));
    if (answer instanceof Promise) void answer.then(send);
    else send(answer);
  });
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
export function sendAnswer(response: NativeResponse, answer: HttpAnswer, closes: boolean): void {
  const { body } = answer;
  response.cork(() => {
    writeHead(response, answer);
    if (body === undefined) response.endWithoutBody(undefined, closes);
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

function sendBody(response: NativeResponse, body: Buffer): void {
  const [sent] = response.tryEnd(body, body.length);
  if (!sent) response.onWritable((offset) => response.tryEnd(body.subarray(offset), body.length)[0]);
}
