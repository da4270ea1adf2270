import type uWS from 'uWebSockets.js';
import { type Directory, FanoutError } from '#fanout/ports.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { guarded, type ServeIdentified } from './auth/http-guard.ts';
import type { Catalogue } from './catalogue.ts';

/** A file of the first page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

export interface HttpDeps {
  /** Who may see what the hub has; its health and the page are everybody's. */
  readonly authenticator: Authenticator;
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  /** What `GET /health` shows. */
  readonly health: () => Record<string, unknown>;
  /** Path → file; `/` is the page. */
  readonly page: ReadonlyMap<string, PageFile>;
}

const securityHeaders = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Content-Security-Policy', "default-src 'self'; connect-src 'self' ws: wss:; frame-ancestors 'none'"],
] as const;

/** Adds the HTTP endpoints of the hub to `app`. */
export function serveHttp(app: uWS.TemplatedApp, deps: HttpDeps): void {
  app.get('/health', (response) => sendJson(response, '200 OK', deps.health()));
  const forIdentified = (serve: ServeIdentified) =>
    guarded(deps.authenticator, serve, (response, status, error, headers) =>
      sendJson(response, status, { error }, headers),
    );
  app.get(
    '/symbols',
    forIdentified((response, { entitlements }) => {
      const symbols = deps.catalogue.entries.filter(({ symbol }) => entitlements.allows(symbol));
      sendJson(response, '200 OK', { symbols });
    }),
  );
  app.get(
    '/sources',
    forIdentified((response) => void sendSources(response, deps.directory)),
  );
  app.get('/ws', (response) =>
    sendJson(response, '426 Upgrade Required', { error: 'This is a WebSocket endpoint' }),
  );
  for (const [path, file] of deps.page)
    app.get(path, (response, request) => sendFile(response, file, request.getHeader('if-none-match')));
  app.any('/*', (response, request) => {
    const known = ['/health', '/symbols', '/sources', '/ws', ...deps.page.keys()].includes(request.getUrl());
    if (known) sendJson(response, '405 Method Not Allowed', { error: 'Only GET is answered here' });
    else
      sendJson(response, '404 Not Found', {
        error: 'Try /, /health, /symbols, /sources or the socket at /ws',
      });
  });
}

async function sendSources(response: uWS.HttpResponse, directory: Directory): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const [status, body] = await readSources(directory);
  if (!aborted) sendJson(response, status, body);
}

async function readSources(directory: Directory): Promise<[string, unknown]> {
  try {
    return ['200 OK', { sources: await directory.sources() }];
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    return [
      '503 Service Unavailable',
      { error: 'The sources can not be read just now; try again in a few seconds' },
    ];
  }
}

function sendJson(
  response: uWS.HttpResponse,
  status: string,
  body: unknown,
  headers: readonly (readonly [string, string])[] = [],
): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of [...securityHeaders, ...headers]) response.writeHeader(name, value);
    response.writeHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  });
}

function sendFile(response: uWS.HttpResponse, file: PageFile, knownTag: string): void {
  response.cork(() => {
    response.writeStatus(knownTag === file.etag ? '304 Not Modified' : '200 OK');
    for (const [name, value] of securityHeaders) response.writeHeader(name, value);
    response.writeHeader('ETag', file.etag).writeHeader('Cache-Control', 'no-cache');
    if (knownTag === file.etag) response.endWithoutBody();
    else response.writeHeader('Content-Type', file.contentType).end(file.body);
  });
}
