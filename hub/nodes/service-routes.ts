import { randomUUID } from 'node:crypto';
import { isInstanceId, isServiceId, type NodeRegistry, serviceIdRange } from '#fanout/node-ports.ts';
import { FanoutError } from '#fanout/ports.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { type HttpAnswer, jsonAnswer, refusal } from '#runtime/http/answer.ts';
import { isAuthorised } from '#runtime/http/bearer.ts';
import type { HttpBody } from '#runtime/http/body.ts';
import { uncached } from '#runtime/http/caching.ts';
import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import { retryAfter } from '#runtime/http/retry-after.ts';
import type { Handler, PathParameters, Route } from '#runtime/http/route.ts';
import { parseRegistration } from './registration.ts';
import { listingAnswer, registrationAnswer } from './service-answers.ts';

/** The registry, and who may see and change it. */
export interface ServiceRoutesDeps {
  readonly nodes: NodeRegistry;
  /** Of those who may see and change the registry. */
  readonly operatorToken: string;
  /** 0 … 1 */
  readonly random: () => number;
}

type Serve = (
  service: string,
  request: HttpRequest,
  parameters: PathParameters,
) => HttpAnswer | Promise<HttpAnswer>;

/** The registry over HTTP: `POST` and `GET /services/:service`, `DELETE /services/:service/:instance`. */
export function serviceRoutes({ nodes, operatorToken, random }: ServiceRoutesDeps): readonly Route[] {
  const forOperators =
    (serve: Serve): Handler =>
    (request, parameters) => {
      const { service = '' } = parameters;
      if (!isAuthorised(headerOf(request, 'authorization'), operatorToken))
        return refusal(401, askToken, challenge);
      if (!isServiceId(service)) return refusal(400, `A service id has ${serviceIdRange}`);
      return unlessAway(async () => serve(service, request, parameters), random);
    };
  const path = '/services/:service';
  return [
    {
      ...{ method: 'POST', path, takesBody: true },
      handle: forOperators(async (service, request) => {
        if (/^application\/json *(;|$)/i.test(headerOf(request, 'content-type')))
          return takeBody(nodes, service, await request.body());
        return refusal(415, 'Send Content-Type: application/json');
      }),
    },
    {
      ...{ method: 'GET', path },
      handle: forOperators(async (service) => listingAnswer(await nodes.list(service))),
    },
    {
      ...{ method: 'DELETE', path: `${path}/:instance` },
      handle: forOperators((service, _request, { instance = '' }) => remove(nodes, service, instance)),
    },
  ];
}

const askToken = 'Show the operator token: Authorization: Bearer …';
const challenge = [['WWW-Authenticate', 'Bearer']] as const;

async function remove(nodes: NodeRegistry, service: string, instance: string): Promise<HttpAnswer> {
  if (isInstanceId(instance) && (await nodes.leave(service, instance, undefined)))
    return { status: 204, headers: [] };
  return jsonAnswer(404, { error: 'This service has no such instance; GET lists them' });
}

async function takeBody(nodes: NodeRegistry, service: string, body: HttpBody): Promise<HttpAnswer> {
  switch (body.state) {
    case 'late':
      return refusal(408, 'The body did not arrive in time');
    case 'too_large':
      return refusal(413, `Send at most ${body.bytesMax} bytes`);
    case 'not_utf8':
      return jsonAnswer(400, { error: 'The body is not UTF-8' });
    case 'complete':
      return takeText(nodes, service, body.text);
    default:
      return assertNever(body);
  }
}

async function takeText(nodes: NodeRegistry, service: string, text: string): Promise<HttpAnswer> {
  const parsed = parseRegistration(text);
  if (!parsed.ok) {
    return jsonAnswer(400, { error: 'Not registered; mend these fields', fields: parsed.problems });
  }
  const { registration } = parsed;
  const { name: serviceName, record, leaseMs, instance = randomUUID() } = registration;
  // Who says the same address is the same node: it may renew after a restart, another may not take its id.
  const boot = `http:${record.protocol}:${record.ipAddress}:${record.portNumber}`;
  const done = await nodes.register({ service, serviceName, instance, boot, record }, leaseMs);
  return registrationAnswer(done, service, instance, registration);
}

/** What `serve` answers, and 503 while the registry is away; nothing of it is to be cached. */
async function unlessAway(serve: () => Promise<HttpAnswer>, random: () => number): Promise<HttpAnswer> {
  try {
    const answer = await serve();
    return { ...answer, headers: [uncached, ...answer.headers] };
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    const problem = 'The registry can not be reached just now; try again in a few seconds';
    return jsonAnswer(503, { error: problem }, [uncached, ['Retry-After', retryAfter(random)]]);
  }
}
