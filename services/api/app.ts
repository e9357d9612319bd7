import { type Context, Hono } from 'hono';
import { ANONYMOUS } from '../../shared/contract/settings/api-keys.ts';
import { API_ERRORS, type ApiErrorCode, type Obstacle } from '../../shared/domain/errors.ts';
import type { Log } from '../../shared/ports/log.ts';
import { QueueUnavailableError } from '../../shared/ports/queues.ts';
import { StoreUnavailableError } from '../../shared/ports/request-store.ts';
import type { Caller } from './authenticate.ts';
import { jsonResponse } from './json-response.ts';
import { listPerspectives, type PerspectivesDeps } from './list-perspectives.ts';
import { problemResponse } from './problems.ts';
import { read } from './read.ts';
import { ROUTES, type RouteName } from './routes.ts';
import { type SubmitDeps, submit } from './submit.ts';

export interface ApiDeps extends SubmitDeps {
  readonly log: Log;
  /** Who calls; `host` is what the host of this interface knows beside the request, such as the event of a function. */
  readonly authenticate: (request: Request, host: unknown) => Caller;
  readonly perspectives: PerspectivesDeps;
}

/** `caller` is the name of who calls, where that was asked. */
type Handler = (context: Context, caller: string) => Response | Promise<Response>;

/** The HTTP interface, the same for a local server and a Lambda function. */
export function createApi(deps: ApiDeps): Hono {
  const app = new Hono({ getPath: collapsedPath });
  /** Who calls is settled before anything of the request is read. */
  async function asCaller(context: Context, serve: (caller: string) => Promise<Response>): Promise<Response> {
    const caller = deps.authenticate(context.req.raw, context.env);
    return caller.ok ? serve(caller.name) : problemResponse(caller.error, deps.ids.requestId());
  }

  const handlers: Readonly<Record<RouteName, Handler>> = {
    submit: ({ req }, caller) => submit(deps, req.raw, caller),
    read: ({ req }, caller) => read(deps.life, req.raw, req.param('id') ?? '', caller),
    perspectives: () => jsonResponse(200, listPerspectives(deps.perspectives)),
    openapi: async () => jsonResponse(200, await loadDocument()),
    docs: showDocs,
    health: () => jsonResponse(200, { status: 'healthy' }),
    readiness: async () => readiness(await deps.obstacles()),
  };
  for (const [name, { method, path, needsKey }] of Object.entries(ROUTES)) {
    const handle = handlers[name as RouteName];
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) =>
      needsKey ? asCaller(context, async (caller) => handle(context, caller)) : handle(context, ANONYMOUS),
    );
    app.all(pattern, () => {
      const response = problemResponse('method-not-allowed', deps.ids.requestId());
      response.headers.set('allow', method);
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

/** Loaded when somebody asks for it, so that a function does not start the later for it. */
async function loadDocument(): Promise<Readonly<Record<string, unknown>>> {
  const { default: document } = await import('../../docs/schemas/openapi.json');
  return document;
}

async function showDocs(): Promise<Response> {
  const [document, { PAGE_HEADERS, renderPage }] = await Promise.all([
    loadDocument(),
    import('./docs-page.ts'),
  ]);
  return new Response(renderPage(document), { headers: PAGE_HEADERS });
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
