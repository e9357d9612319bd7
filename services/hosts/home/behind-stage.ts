import { Hono } from 'hono';
import * as z from 'zod';

/** The path that the service receives, without the gateway's stage, and the path that the caller requested. */
const gatewaySchema = z.object({
  event: z.object({ path: z.string() }),
  requestContext: z.object({ path: z.string() }),
});

/**
 * Wraps `api` for a gateway that serves it below a stage: adds the stage to a path in `Location`, so that the caller
 * can follow it.
 */
export function behindStage(api: Hono): Hono {
  return new Hono().all('*', async ({ req, env }) => {
    const response = await api.fetch(req.raw, env);
    const location = response.headers.get('location');
    if (location?.startsWith('/')) response.headers.set('location', stageOf(env) + location);
    return response;
  });
}

/** For example `/v1`; empty if there is no stage. */
function stageOf(host: unknown): string {
  const parsed = gatewaySchema.safeParse(host);
  if (!parsed.success) return '';
  const { event, requestContext } = parsed.data;
  return requestContext.path.endsWith(event.path) ? requestContext.path.slice(0, -event.path.length) : '';
}
