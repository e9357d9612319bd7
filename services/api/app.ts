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
import { logRefusal, type RequestFacts } from './request-log.ts';
import { ROUTES, type RouteName } from './routes.ts';
import { CHECKS, CONTACTS, type SubmitDeps, submit } from './submit.ts';

export interface ApiDeps extends SubmitDeps {
  readonly log: Log;
  /** Who calls; `host` is what the host of this interface knows beside the request, such as the event of a function. */
  readonly authenticate: (request: Request, host: unknown) => Caller;
  readonly perspectives: PerspectivesDeps;
}

/** `caller` is the name of who calls, where that was asked; `facts` get what the log says of the request. */
type Handler = (context: Context, caller: string, facts: RequestFacts) => Response | Promise<Response>;

/** The HTTP interface, the same for a local server and a Lambda function. */
export function createApi(deps: ApiDeps): Hono {
  const app = new Hono({ getPath: collapsedPath });
  /** Who calls is settled before anything of the request is read. */
  const asCaller =
    (handle: Handler): Handler =>
    (context, _, facts) => {
      const caller = deps.authenticate(context.req.raw, context.env);
      if (!caller.ok) return problemResponse(caller.error, deps.ids.requestId());
      facts.caller = caller.name;
      return handle(context, caller.name, facts);
    };
  /** The answer of `handle`, or that to its failure; one that refuses the request is logged. */
  async function serve(context: Context, handle: Handler): Promise<Response> {
    const { req } = context;
    const startedAt = deps.clock.monotonic();
    const facts: RequestFacts = {};
    let response: Response;
    try {
      response = await handle(context, ANONYMOUS, facts);
    } catch (error) {
      const requestId = deps.ids.requestId();
      deps.log.error('request_failed', { requestId, method: req.method, path: req.path, error });
      response = problemResponse(codeOf(error), requestId);
    }
    logRefusal(deps.log, response, req, facts, deps.clock.monotonic() - startedAt);
    return response;
  }

  const handlers: Readonly<Record<RouteName, Handler>> = {
    submit: ({ req }, caller, facts) => submit(deps, CHECKS, req.raw, caller, facts),
    contacts: ({ req }, caller, facts) => submit(deps, CONTACTS, req.raw, caller, facts),
    read: ({ req }, caller) =>
      read(deps.life, req.raw, req.param('id') ?? '', caller, () => deps.ids.requestId()),
    perspectives: () => jsonResponse(200, listPerspectives(deps.perspectives)),
    openapi: async () => jsonResponse(200, await loadDocument()),
    docs: showDocs,
    health: () => jsonResponse(200, { status: 'healthy' }),
    readiness: async () => readiness(await deps.obstacles()),
  };
  for (const [name, { method, path, needsKey }] of Object.entries(ROUTES)) {
    const handle = handlers[name as RouteName];
    const pattern = path.replace(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) => serve(context, needsKey ? asCaller(handle) : handle));
    app.all(pattern, (context) =>
      serve(context, () => {
        const response = problemResponse('method-not-allowed', deps.ids.requestId());
        response.headers.set('allow', method);
        return response;
      }),
    );
  }
  app.notFound((context) => serve(context, () => problemResponse('not-found', deps.ids.requestId())));
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

function codeOf(error: unknown): ApiErrorCode {
  const isUnavailable = error instanceof StoreUnavailableError || error instanceof QueueUnavailableError;
  return isUnavailable ? 'service-unavailable' : 'internal-error';
}

/**
 * The path without repeated slashes and without one at its end: a client of the reference joins its base URL, a slash and
 * `/mpic`, and so asks for `//mpic`; others end a path with a slash.
 */
function collapsedPath(request: Request): string {
  const { url } = request;
  const start = url.indexOf('/', url.indexOf('//') + 2);
  if (start === -1) return '/';
  const end = url.slice(start).search(/[?#]/);
  const path = end === -1 ? url.slice(start) : url.slice(start, start + end);
  const collapsed = path.replace(/\/{2,}/g, '/');
  return collapsed.length > 1 && collapsed.endsWith('/') ? collapsed.slice(0, -1) : collapsed;
}
