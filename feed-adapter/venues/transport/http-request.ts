import { readJson } from '#feed-adapter/venues/fields.ts';

/** How a request ended; nothing here holds the URL or a header. */
export type Answer =
  | { readonly outcome: 'json'; readonly value: unknown }
  | { readonly outcome: 'malformed' }
  | { readonly outcome: 'failed'; readonly problem: string; readonly retryAfterMs?: number };

/** One request, its bounds in ms and bytes. */
export interface RequestParts {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly bodyMaxBytes: number;
  /** Aborts the request from outside. */
  readonly signal: AbortSignal;
  /** Unix ms; for a `Retry-After` that is a date. */
  readonly now: number;
}

/** Asks for JSON with every wait and size bounded. Follows no redirect: it would carry the key elsewhere. */
export async function requestJson(fetch: typeof globalThis.fetch, parts: RequestParts): Promise<Answer> {
  const aborting = new AbortController();
  const { signal } = aborting;
  const abort = (): void => aborting.abort(parts.signal.reason);
  // Not AbortSignal.any() of AbortSignal.timeout(): Node 20 may collect those before they fire. The race
  // does not rely on fetch for its end either.
  const timeout = new DOMException(`no answer within ${parts.timeoutMs} ms`, 'TimeoutError');
  const timer = setTimeout(() => aborting.abort(timeout), parts.timeoutMs);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  if (parts.signal.aborted) abort();
  parts.signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([ask(fetch, parts, signal), aborted]);
  } catch (error) {
    return failed(problemOf(error, parts.timeoutMs));
  } finally {
    clearTimeout(timer);
    parts.signal.removeEventListener('abort', abort);
  }
}

async function ask(
  fetch: typeof globalThis.fetch,
  parts: RequestParts,
  signal: AbortSignal,
): Promise<Answer> {
  const headers = { accept: 'application/json', ...parts.headers };
  const response = await fetch(parts.url, { headers, redirect: 'manual', signal });
  if (response.status !== 200) return await refusal(response, parts.now);
  const text = await readBody(response, parts.bodyMaxBytes);
  if (text === undefined) return failed(`an answer of more than ${parts.bodyMaxBytes} bytes`);
  const json = readJson(text);
  return json.ok ? { outcome: 'json', value: json.value } : { outcome: 'malformed' };
}

async function refusal(response: Response, now: number): Promise<Answer> {
  await response.body?.cancel();
  const { status } = response;
  const retryAfterMs = retryAfter(response.headers.get('retry-after'), now);
  const answer = failed(
    status >= 300 && status < 400 ? `HTTP ${status}, a redirect` : `HTTP ${status}${hint(status)}`,
  );
  return retryAfterMs === undefined ? answer : { ...answer, retryAfterMs };
}

function hint(status: number): string {
  if (status === 401 || status === 403) return ': check the API key';
  return status === 429 ? ': asked too often' : '';
}

/** RFC 9110, 10.2.3: seconds, or a date. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The body as text; undefined when it is too large, however it is compressed or announced. */
async function readBody(response: Response, bytesMax: number): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) return undefined; // leaving the loop cancels the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function failed(problem: string): { readonly outcome: 'failed'; readonly problem: string } {
  return { outcome: 'failed', problem };
}

/** The code only: messages of fetch can hold the URL, and with it a key. */
function problemOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? `request failed: ${code}` : 'request failed';
}
