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
    { name: 'at a domain of its own', path: '/mpic', outer: '/mpic', location: '/mpic/7' },
    {
      name: 'below a longer path',
      path: '/mpic',
      outer: '/ca/mpic-service/mpic',
      location: '/ca/mpic-service/mpic/7',
    },
    { name: 'where the gateway contradicts itself', path: '/mpic', outer: '/v1/other', location: '/mpic/7' },
  ])('makes Location a path that the caller can follow $name', async ({ path, outer, location }) => {
    const response = await behind.request('/mpic', { method: 'POST' }, host(path, outer));
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(location);
  });

  it.each([
    { name: 'no host', env: {} },
    { name: 'a host that tells no path', env: { event: {}, requestContext: {} } },
  ])('leaves Location as it is with $name', async ({ env }) => {
    const response = await behind.request('/mpic', { method: 'POST' }, env);
    expect(response.headers.get('location')).toBe('/mpic/7');
  });

  it('leaves other addresses and other answers alone', async () => {
    const away = await behind.request('/away', {}, host('/away', '/v1/away'));
    expect(away.headers.get('location')).toBe('https://other.example/mpic');
    const health = await behind.request('/healthz', {}, host('/healthz', '/v1/healthz'));
    expect(await health.json()).toEqual({ status: 'healthy' });
  });
});
