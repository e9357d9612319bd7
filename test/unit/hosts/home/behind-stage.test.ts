import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { behindStage } from '../../../../services/hosts/home/behind-stage.ts';

const api = new Hono()
  .post('/mpic', (context) => context.body(null, 202, { location: '/mpic/7' }))
  .get('/away', (context) => context.body(null, 302, { location: 'https://other.example/mpic' }))
  .get('/healthz', (context) => context.json({ status: 'healthy' }));
const behind = behindStage(api);

const host = (path: string, outer: string) => ({ event: { path }, requestContext: { path: outer } });

describe('behindStage', () => {
  it.each([
    { name: 'below a stage', path: '/mpic', outer: '/v1/mpic', location: '/v1/mpic/7' },
    { name: 'at a custom domain', path: '/mpic', outer: '/mpic', location: '/mpic/7' },
    {
      name: 'below a longer path',
      path: '/mpic',
      outer: '/ca/mpic-service/mpic',
      location: '/ca/mpic-service/mpic/7',
    },
    { name: "when the gateway's paths do not match", path: '/mpic', outer: '/v1/other', location: '/mpic/7' },
  ])('makes Location a path that the caller can follow $name', async ({ path, outer, location }) => {
    const response = await behind.request('/mpic', { method: 'POST' }, host(path, outer));
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(location);
  });

  it.each([
    { name: 'no gateway event', env: {} },
    { name: 'a gateway event without paths', env: { event: {}, requestContext: {} } },
  ])('leaves Location as it is with $name', async ({ env }) => {
    const response = await behind.request('/mpic', { method: 'POST' }, env);
    expect(response.headers.get('location')).toBe('/mpic/7');
  });

  it('does not change absolute URLs or responses without Location', async () => {
    const away = await behind.request('/away', {}, host('/away', '/v1/away'));
    expect(away.headers.get('location')).toBe('https://other.example/mpic');
    const health = await behind.request('/healthz', {}, host('/healthz', '/v1/healthz'));
    expect(await health.json()).toEqual({ status: 'healthy' });
  });
});
