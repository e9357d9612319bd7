import { type Context, Hono } from 'hono';
import { API_ERRORS, type ApiErrorCode, type Obstacle } from '../../shared/domain/errors.ts';
import type { Log } from '../../shared/ports/log.ts';
import { QueueUnavailableError } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import type { Caller } from './authenticate.ts';
import { jsonResponse } from './json-response.ts';
import { listPerspectives, type PerspectivesDeps } from './list-perspectives.ts';
import { problemResponse } from './problems.ts';
import { read } from './read.ts';
import { type SubmitDeps, submit } from './submit.ts';

export interface ApiDeps extends SubmitDeps {
  readonly log: Log;
  /** Who calls; `host` is what the host of this interface knows beside the request, such as the event of a function. */
  readonly authenticate: (request: Request, host: unknown) => Caller;
  readonly perspectives: PerspectivesDeps;
}

/** Paths and the methods they take; anything else on them is a 405. */
const METHODS: Readonly<Record<string, string>> = {
  '/mpic': 'POST',
  '/mpic/:id': 'GET',
  '/perspectives': 'GET',
  '/healthz': 'GET',
  '/readyz': 'GET',
};

/** The HTTP interface, the same for a local server and a Lambda function. */
export function createApi(deps: ApiDeps): Hono {
  const app = new Hono({ getPath: collapsedPath });
  /** Who calls is settled before anything of the request is read. */
  async function asCaller(context: Context, serve: (caller: string) => Promise<Response>): Promise<Response> {
    const caller = deps.authenticate(context.req.raw, context.env);
    return caller.ok ? serve(caller.name) : problemResponse(caller.error, deps.ids.requestId());
  }

  app.post('/mpic', (context) => asCaller(context, (caller) => submit(deps, context.req.raw, caller)));
  app.get('/mpic/:id', (context) =>
    asCaller(context, (caller) => read(deps.life, context.req.raw, context.req.param('id'), caller)),
  );
  app.get('/perspectives', (context) =>
    asCaller(context, async () => jsonResponse(200, listPerspectives(deps.perspectives))),
  );
  app.get('/healthz', () => jsonResponse(200, { status: 'healthy' }));
  app.get('/readyz', async () => readiness(await deps.obstacles()));

  for (const [path, allowed] of Object.entries(METHODS)) {
    app.all(path, () => {
      const response = problemResponse('method-not-allowed', deps.ids.requestId());
      response.headers.set('allow', allowed);
      return response;
    });
  }
  app.notFound(() => problemResponse('not-found', deps.ids.requestId()));
  app.onError((error, context) => {
    const requestId = deps.ids.requestId();
    deps.log.error('request_failed', {
      requestId,
      method: context.req.method,
      path: context.req.path,
      error,
    });
    return problemResponse(codeOf(error), requestId);
  });
  return app;
}

/** Whether new requests are taken, for load balancers and people: 200, or 503 with all that stands in the way. */
function readiness(obstacles: readonly Obstacle[]): Response {
  if (obstacles.length === 0) return jsonResponse(200, { status: 'ready' });
  const list = obstacles.map((error) => ({ error, message: API_ERRORS[error].message }));
  return jsonResponse(503, { status: 'not-ready', obstacles: list });
}

function codeOf(error: Error): ApiErrorCode {
  const isUnavailable = error instanceof StoreUnavailableError || error instanceof QueueUnavailableError;
  return isUnavailable ? 'service-unavailable' : 'internal-error';
}

/**
 * The path without repeated slashes: a client of the reference joins its base URL, a slash and `/mpic`, and so asks for
 * `//mpic`.
 */
function collapsedPath(request: Request): string {
  const { url } = request;
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start === -1) return '/';
  const end = url.slice(start).search(/[?#]/);
  const path = end === -1 ? url.slice(start) : url.slice(start, start + end);
  return path.replace(/\/{2,}/g, '/');
}
