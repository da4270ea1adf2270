import type { HttpBody } from './body.ts';

/** One line of a header; the name in lower case. */
export type HttpHeader = readonly [name: string, value: string];

/** A request as its handler sees it, whichever server it came by: it stays as it is across an `await`. */
export interface HttpRequest {
  /** As it came; mostly upper case. */
  readonly method: string;
  /** As it came, without the query; escapes like `%20` are not undone. */
  readonly path: string;
  /** What is behind the `?`; empty where there is none. */
  readonly query: string;
  /** A pair for each line, in their order; names in lower case. */
  readonly headers: readonly HttpHeader[];
  /** Network address of the other end of the connection, as text. */
  readonly peer: string;
  /** What a PROXY protocol header said of the client's address; empty without one. Anybody may have sent it. */
  readonly proxied: string;
  /** The body, never more of it than the server's limit. Never rejects; each call has the same answer. */
  body(): Promise<HttpBody>;
}

/** The value of a header; of several lines all, with `, ` between (RFC 9110, section 5.3); empty when there is none. */
export function headerOf({ headers }: Pick<HttpRequest, 'headers'>, name: string): string {
  let joined: string | undefined;
  for (const [lineName, value] of headers)
    if (lineName === name) joined = joined === undefined ? value : `${joined}, ${value}`;
  return joined ?? '';
}

/** The first value of a parameter of the query, escapes undone; undefined when there is none. */
export function queryValueOf({ query }: Pick<HttpRequest, 'query'>, name: string): string | undefined {
  return query === '' ? undefined : (new URLSearchParams(query).get(name) ?? undefined);
}

/** Whether a body is announced, be it empty or not. */
export function announcesBody({ headers }: Pick<HttpRequest, 'headers'>): boolean {
  return headers.some(
    ([name, value]) => name === 'transfer-encoding' || (name === 'content-length' && value !== '0'),
  );
}
