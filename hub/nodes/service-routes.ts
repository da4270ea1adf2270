import type uWS from 'uWebSockets.js';
import { randomUUID } from 'node:crypto';
import { isInstanceId, isServiceId, type NodeRegistry, serviceIdRange } from '#fanout/node-ports.ts';
import { FanoutError } from '#fanout/ports.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { isAuthorised } from '#runtime/bearer.ts';
import { answerLater, refuseRequest, sendJson, sendWithoutBody, uncached } from '../http-answers.ts';
import { type Body, readBody } from '../http-body.ts';
import { retryAfter } from '../retry-after.ts';
import { parseRegistration } from './registration.ts';
import { type Answer, listingAnswer, registrationAnswer } from './service-answers.ts';

type Handler = (response: uWS.HttpResponse, request: uWS.HttpRequest) => void;

export interface ServiceRoutes {
  readonly post: Handler;
  readonly get: Handler;
  readonly delete: Handler;
}

export interface ServiceRoutesDeps {
  readonly nodes: NodeRegistry;
  /** Of those who may see and change the registry. */
  readonly operatorToken: string;
  /** 0 … 1 */
  readonly random: () => number;
}

/** A registration has some hundred bytes. */
const bodyLimits = { bodyBytesMax: 16_384, bodyTimeoutMs: 10_000 } as const;

/** The registry over HTTP: `POST` and `GET /services/:service`, `DELETE /services/:service/:instance`. */
export function createServiceRoutes({ nodes, operatorToken, random }: ServiceRoutesDeps): ServiceRoutes {
  /** What `serve` needs of the request it reads before it waits for anything. */
  const forOperators =
    (serve: (response: uWS.HttpResponse, request: uWS.HttpRequest, service: string) => void): Handler =>
    (response, request) => {
      const service = request.getParameter(0);
      if (!isAuthorised(request.getHeader('authorization'), operatorToken))
        sendJson(response, '401 Unauthorized', { error: askToken }, challenge);
      else if (!isServiceId(service))
        refuseRequest(response, '400 Bad Request', `A service id has ${serviceIdRange}`);
      else serve(response, request, service);
    };

  const send = (response: uWS.HttpResponse, made: Promise<Answer>): void =>
    answerLater(response, unlessAway(made, random), ({ status, body, headers = [], closes }) => {
      const all = [uncached, ...headers];
      if (body === undefined) sendWithoutBody(response, status, all);
      else if (closes === true) refuseRequest(response, status, String(body), all);
      else sendJson(response, status, body, all);
    });

  return {
    post: forOperators((response, request, service) => {
      if (/^application\/json *(;|$)/i.test(request.getHeader('content-type')))
        send(
          response,
          readBody(response, bodyLimits).then((body) => takeBody(nodes, service, body)),
        );
      else refuseRequest(response, '415 Unsupported Media Type', 'Send Content-Type: application/json');
    }),
    get: forOperators((response, _request, service) => {
      send(response, nodes.list(service).then(listingAnswer));
    }),
    delete: forOperators((response, request, service) => {
      const instance = request.getParameter(1);
      send(response, remove(nodes, service, instance));
    }),
  };
}

const askToken = 'Show the operator token: Authorization: Bearer …';
const challenge = [['WWW-Authenticate', 'Bearer']] as const;

async function remove(nodes: NodeRegistry, service: string, instance: string): Promise<Answer> {
  if (isInstanceId(instance) && (await nodes.leave(service, instance, undefined)))
    return { status: '204 No Content' };
  return { status: '404 Not Found', body: { error: 'This service has no such instance; GET lists them' } };
}

async function takeBody(nodes: NodeRegistry, service: string, body: Body): Promise<Answer> {
  switch (body.state) {
    case 'late':
      return { status: '408 Request Timeout', body: 'The body did not arrive in time', closes: true };
    case 'too_large':
      return {
        ...{ status: '413 Payload Too Large', closes: true },
        body: `Send at most ${bodyLimits.bodyBytesMax} bytes`,
      };
    case 'not_utf8':
      return { status: '400 Bad Request', body: { error: 'The body is not UTF-8' } };
    case 'complete':
      return takeText(nodes, service, body.text);
    default:
      return assertNever(body);
  }
}

async function takeText(nodes: NodeRegistry, service: string, text: string): Promise<Answer> {
  const parsed = parseRegistration(text);
  if (!parsed.ok) {
    const body = { error: 'Not registered; mend these fields', fields: parsed.problems };
    return { status: '400 Bad Request', body };
  }
  const { registration } = parsed;
  const { name: serviceName, record, leaseMs, instance = randomUUID() } = registration;
  // Who says the same address is the same node: it may renew after a restart, another may not take its id.
  const boot = `http:${record.protocol}:${record.ipAddress}:${record.portNumber}`;
  const done = await nodes.register({ service, serviceName, instance, boot, record }, leaseMs);
  return registrationAnswer(done, service, instance, registration);
}

async function unlessAway(made: Promise<Answer>, random: () => number): Promise<Answer> {
  try {
    return await made;
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    return {
      status: '503 Service Unavailable',
      body: { error: 'The registry can not be reached just now; try again in a few seconds' },
      headers: [['Retry-After', retryAfter(random)]],
    };
  }
}
