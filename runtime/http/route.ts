import { emptyAnswer, type HttpAnswer, jsonAnswer, refusal } from './answer.ts';
import { announcesBody, type HttpHeader, type HttpRequest } from './request.ts';

/** What the path of a request has in place of `:name`, as it came. */
export type PathParameters = Readonly<Record<string, string>>;

/** Answers a request, at once or later. */
export type Handler = (request: HttpRequest, parameters: PathParameters) => HttpAnswer | Promise<HttpAnswer>;

/** An endpoint, declared once for every server that may serve it. */
export interface Route {
  /** `GET` serves `HEAD` as well: the server leaves the body out. */
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** e.g. `/services/:service`: what is between two slashes and begins with a colon stands for anything. */
  readonly path: string;
  readonly handle: Handler;
  /** Its handler reads the body. Where none is wanted, a request that announces one is refused. */
  readonly takesBody?: true;
  /** As how many requests one counts; 1 when not given. */
  readonly times?: () => number;
}

/** What is asked before a route is, and what answers where there is none. */
export interface DispatcherDeps {
  /**
   * Looks at every request before its handler does, at those without a route as well; what it answers is the answer.
   * @param route undefined: there is none for this method and path
   */
  readonly admit: (request: HttpRequest, route: Route | undefined) => HttpAnswer | undefined;
  /** Answers where nothing is. */
  readonly notFound: (request: HttpRequest) => HttpAnswer;
  /** Sees every answer before it is sent. */
  readonly finish: (answer: HttpAnswer) => HttpAnswer;
  /** Hears of the exception that a handler ended with: a bug. */
  readonly failed: (error: unknown, request: HttpRequest) => void;
}

/** Answers requests. The promise never rejects, and nothing is thrown. */
export type Dispatch = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

/** Where a request with `path` may go; the parameters of its path. */
type Match = readonly [route: Route, parameters: PathParameters];

/**
 * Finds the route of each request and has it answered; of two routes with the same path and method the first. `OPTIONS`
 * is answered for every path that there is, another method by 405, both with `Allow`.
 */
export function createDispatcher(routes: readonly Route[], deps: DispatcherDeps): Dispatch {
  const find = pathFinder(routes);

  const answerTo = (request: HttpRequest): HttpAnswer | Promise<HttpAnswer> => {
    const matches = find(request.path);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const match = matches.find(([route]) => route.method === method);
    const early = deps.admit(request, match?.[0]);
    if (early !== undefined) return early;
    if (match?.[0].takesBody !== true && announcesBody(request))
      return refusal(413, 'Send no body: none is read here');
    if (match !== undefined) return match[0].handle(request, match[1]);
    if (matches.length === 0) return deps.notFound(request);
    return method === 'OPTIONS' ? emptyAnswer(204, [allowHeader(matches)]) : wrongMethod(matches);
  };

  const broken = (error: unknown, request: HttpRequest): HttpAnswer => {
    deps.failed(error, request);
    return jsonAnswer(500, { error: 'The request could not be answered; this was logged' });
  };

  return (request) => {
    try {
      const answer = answerTo(request);
      if (!(answer instanceof Promise)) return deps.finish(answer);
      return answer.catch((error: unknown) => broken(error, request)).then(deps.finish);
    } catch (error) {
      return deps.finish(broken(error, request));
    }
  };
}

function wrongMethod(matches: readonly Match[]): HttpAnswer {
  const methods = methodsOf(matches);
  const verb = methods.length === 1 ? 'is' : 'are';
  const error = `Only ${methods.join(' and ')} ${verb} answered here`;
  return jsonAnswer(405, { error }, [allowHeader(matches)]);
}

/** Which methods a path has (RFC 9110, section 10.2.1). */
function allowHeader(matches: readonly Match[]): HttpHeader {
  const methods = methodsOf(matches).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return ['Allow', [...methods, 'OPTIONS'].join(', ')];
}

function methodsOf(matches: readonly Match[]): readonly Route['method'][] {
  return [...new Set(matches.map(([route]) => route.method))];
}

/** All routes that a path fits, whatever their method. */
function pathFinder(routes: readonly Route[]): (path: string) => readonly Match[] {
  const fixed = new Map<string, Match[]>();
  const patterns: { readonly route: Route; readonly parts: readonly string[] }[] = [];
  for (const route of routes) {
    if (route.path.includes('/:')) patterns.push({ route, parts: route.path.split('/') });
    else fixed.set(route.path, [...(fixed.get(route.path) ?? []), [route, {}]]);
  }
  return (path) => {
    const known = fixed.get(path);
    if (known !== undefined || patterns.length === 0) return known ?? [];
    const parts = path.split('/');
    return patterns.flatMap(({ route, parts: pattern }): Match[] => {
      const parameters = parametersOf(pattern, parts);
      return parameters === undefined ? [] : [[route, parameters]];
    });
  };
}

/** Undefined where the path is another. */
function parametersOf(pattern: readonly string[], parts: readonly string[]): PathParameters | undefined {
  if (pattern.length !== parts.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const part = parts[index] ?? '';
    if (wanted.startsWith(':')) parameters[wanted.slice(1)] = part;
    else if (wanted !== part) return undefined;
  }
  return parameters;
}
