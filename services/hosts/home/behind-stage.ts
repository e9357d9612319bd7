import { Hono } from 'hono';
import * as z from 'zod';

/** The path as the service sees it, and as the caller wrote it: the gateway has taken its stage off. */
const gatewaySchema = z.object({
  event: z.object({ path: z.string() }),
  requestContext: z.object({ path: z.string() }),
});

/** `api` behind a gateway that serves it below a stage: a path in `Location` is made one that the caller can follow. */
export function behindStage(api: Hono): Hono {
  return new Hono().all('*', async ({ req, env }) => {
    const response = await api.fetch(req.raw, env);
    const location = response.headers.get('location');
    if (location?.startsWith('/')) response.headers.set('location', stageOf(env) + location);
    return response;
  });
}

/** `/v1`, or nothing when there is none. */
function stageOf(host: unknown): string {
  const parsed = gatewaySchema.safeParse(host);
  if (!parsed.success) return '';
  const { event, requestContext } = parsed.data;
  return requestContext.path.endsWith(event.path) ? requestContext.path.slice(0, -event.path.length) : '';
}
