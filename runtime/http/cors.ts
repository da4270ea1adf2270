import type { HttpAnswer } from './answer.ts';
import { type HttpHeader, type HttpRequest, headerOf } from './request.ts';
import type { Dispatch } from './route.ts';

/** Which web pages may read answers. */
export interface CorsRules {
  /** Whether the page that a request comes from, by its `Origin`, may read the answer. */
  readonly allows: (request: HttpRequest, origin: string) => boolean;
  /** Every page may: answers are then the same for all of them. */
  readonly allowsAll: boolean;
}

/** A browser remembers so long what it may ask; longer than this none does. */
const maxAgeSeconds = 7200;

const requestHeaders = 'Authorization, Content-Type, Traceparent';
const answerHeaders = 'ETag, Retry-After';

/** Lets pages of other origins read the answers of `dispatch` (CORS, part of the Fetch standard). */
export function withCors(dispatch: Dispatch, rules: CorsRules): Dispatch {
  return (request) => {
    const answer = dispatch(request);
    const add = (made: HttpAnswer): HttpAnswer => ({
      ...made,
      headers: [...made.headers, ...corsHeaders(request, made, rules)],
    });
    return answer instanceof Promise ? answer.then(add) : add(answer);
  };
}

function corsHeaders(
  request: HttpRequest,
  answer: HttpAnswer,
  { allows, allowsAll }: CorsRules,
): readonly HttpHeader[] {
  const origin = headerOf(request, 'origin');
  // Also where there is no origin: what a cache keeps of such an answer is not for pages of other origins.
  const varies: readonly HttpHeader[] = allowsAll ? [] : [['Vary', 'Origin']];
  if (!allowsAll && (origin === '' || !allows(request, origin))) return varies;
  const allowed: HttpHeader = ['Access-Control-Allow-Origin', allowsAll ? '*' : origin];
  if (!isPreflight(request)) return [...varies, allowed, ['Access-Control-Expose-Headers', answerHeaders]];
  const methods = answer.headers.find(([name]) => name === 'Allow')?.[1] ?? '';
  return [
    ...varies,
    allowed,
    ['Access-Control-Allow-Methods', methods],
    ['Access-Control-Allow-Headers', requestHeaders],
    ['Access-Control-Max-Age', String(maxAgeSeconds)],
  ];
}

/** Asked by a browser before a request that a form could not make. */
function isPreflight(request: HttpRequest): boolean {
  return request.method === 'OPTIONS' && headerOf(request, 'access-control-request-method') !== '';
}
