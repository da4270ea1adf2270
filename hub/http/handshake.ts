import type { Admission } from '#hub/admission/admission.ts';
import { allowsOrigin, type OriginRules } from '#hub/admission/origin.ts';
import type { RequestSource } from '#hub/admission/request-source.ts';
import { type Credential, credentialsIn } from '#hub/auth/credentials.ts';
import type { HubCounts } from '#hub/counts.ts';
import { type Handshake, socketPath } from '#hub/listener/listener.ts';
import type { Session } from '#hub/session/session.ts';
import { SessionTrace } from '#hub/session/session-trace.ts';
import { type Codec, negotiateCodec } from '#protocol/codec.ts';
import type { HttpAnswer } from '#runtime/http/answer.ts';
import { type HttpHeader, type HttpRequest, headerOf, queryValueOf } from '#runtime/http/request.ts';
import { retryAfter } from '#runtime/http/retry-after.ts';
import type { WriteLine } from '#runtime/sparing-log.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import { type RequestTrace, traceRequest } from './request-trace.ts';

/** Who decides on a handshake, and makes the session of a socket that is let in. */
export interface HandshakeDeps {
  readonly admission: Admission;
  readonly counts: HubCounts;
  /** A session for a socket that is let in; `credentials` is what its handshake says of who comes. */
  readonly create: (codec: Codec, address: string, credentials: readonly Credential[]) => Session;
  readonly source: RequestSource;
  /** Whose pages may open sockets. */
  readonly origins: OriginRules;
  /** Hears of pages that may not. */
  readonly refusedOrigin: WriteLine;
  /** Open sockets that have shown no good token yet, where the hub wants one. */
  readonly unauthenticated: () => number;
  readonly tracer: Tracer;
  /** 0 … 1 */
  readonly random: () => number;
}

/** How many sockets may be open that have shown no good token. */
export interface HandshakeLimits {
  /** Sockets without a good token: each may hold a frame that is not finished, of `frameBytesMax`. */
  readonly unauthenticatedSocketsMax: number;
}

/** Decides which sockets open; those that do are counted by `admission`. */
export function createHandshake(deps: HandshakeDeps, limits: HandshakeLimits) {
  return (request: HttpRequest): Handshake<Session> => {
    const trace = traceRequest(deps.tracer, request, 'GET', socketPath);
    const address = deps.source.addressOf(request);
    // First of all, so that what is refused for other reasons counts as well.
    if (!deps.admission.mayAsk(address)) return refuse('address_rate', deps, trace);
    if (!isHandshake(request)) return refuse('handshake', deps, trace);
    const offered = headerOf(request, 'sec-websocket-protocol');
    const negotiated = offered.length > offeredCharactersMax ? undefined : negotiateCodec(offered);
    if (negotiated === undefined) return refuse('subprotocol', deps, trace);
    const refusal = refusalOf(address, request, deps, limits);
    if (refusal !== undefined) return refuse(refusal, deps, trace);
    const { codec, subprotocol } = negotiated;
    const credentials = credentialsIn(
      headerOf(request, 'authorization'),
      offered,
      queryValueOf(request, 'ticket'),
    );
    const session = deps.create(codec, address, credentials);
    if (trace.context.sampled) session.trace = new SessionTrace(deps.tracer, trace.context);
    trace.answered(101, { 'tickwire.format': codec.format });
    return { accepted: true, session, subprotocol };
  };
}

type RefusedSocket = keyof HubCounts['refusedSockets'];

/** Why the socket is not let in; undefined: it is, and is counted. */
function refusalOf(
  address: string,
  request: HttpRequest,
  { admission, origins, refusedOrigin, unauthenticated }: HandshakeDeps,
  { unauthenticatedSocketsMax }: HandshakeLimits,
): RefusedSocket | undefined {
  const origin = headerOf(request, 'origin');
  const host = headerOf(request, 'host');
  if (allowsOrigin(origin, host, origins)) {
    if (unauthenticated() >= unauthenticatedSocketsMax) return 'unauthenticated_limit';
    return admission.enter(address);
  }
  refusedOrigin(
    { origin: origin.slice(0, loggedCharactersMax), host: host.slice(0, loggedCharactersMax) },
    refusedLine,
  );
  return 'origin';
}

const refusedLine =
  'a page was refused a socket; TICKWIRE_ORIGINS names origins that may, TICKWIRE_HOSTS the names of the hub itself';
const loggedCharactersMax = 256;

/** Whether it is what RFC 6455, section 4.2.1 asks for; the listener has looked at the key. */
function isHandshake(request: HttpRequest): boolean {
  return (
    tokensIn(request, 'upgrade').includes('websocket') &&
    tokensIn(request, 'connection').includes('upgrade') &&
    headerOf(request, 'sec-websocket-version') === websocketVersion
  );
}

function tokensIn(request: HttpRequest, name: string): readonly string[] {
  return headerOf(request, name)
    .split(',')
    .map((token) => token.trim().toLowerCase());
}

const websocketVersion = '13';

/** A token may be among the offers. */
const offeredCharactersMax = 16_384;

const refusals: Readonly<Record<RefusedSocket, readonly [status: number, problem: string]>> = {
  subprotocol: [400, 'Offer the subprotocol tickwire.json.v1 or tickwire.msgpack.v1, or none'],
  handshake: [426, 'Ask with Upgrade: websocket, Connection: Upgrade and Sec-WebSocket-Version: 13'],
  origin: [403, 'Pages of this origin may not open sockets here; the hub must name it in TICKWIRE_ORIGINS'],
  draining: [503, 'This node is being taken down; connect again to reach another'],
  node_limit: [503, 'This node has no room for more sockets; try again, or another node'],
  address_limit: [429, 'Too many sockets from this address; close some first'],
  unauthenticated_limit: [503, 'Too many sockets of this node have shown no token yet; try again'],
  address_rate: [429, 'Too many connections from this address in a short time; wait'],
};

function refuse(
  refusal: RefusedSocket,
  { counts, random }: HandshakeDeps,
  trace: RequestTrace,
): Handshake<Session> {
  counts.refusedSockets[refusal]++;
  const [status, problem] = refusals[refusal];
  trace.answered(status, { 'tickwire.refused': refusal });
  const answer: HttpAnswer = {
    ...{ status, close: true },
    headers: status === 426 ? upgradeHeaders : [['Retry-After', retryAfter(random)]],
    body: Buffer.from(`${problem}\n`),
  };
  return { accepted: false, answer };
}

/** What a client that asks otherwise is told to ask with. */
export const upgradeHeaders: readonly HttpHeader[] = [
  ['Upgrade', 'websocket'],
  ['Connection', 'Upgrade'],
  ['Sec-WebSocket-Version', websocketVersion],
];
