import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../services/api/docs-page.ts';
import { hashKey } from '../../../shared/contract/settings/api-keys.ts';
import { API_DOCUMENT } from '../../support/api-document.ts';
import { openRealTimeBench } from '../../support/bench.ts';
import { useHarness } from '../../support/use-harness.ts';

const PAGE = renderPage(API_DOCUMENT);
const MAX_PAGE_BYTES = 128 * 1024;

describe('the page of the OpenAPI document', () => {
  it('has every operation and every schema, and no link that leads nowhere', () => {
    const ids = new Set([...PAGE.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const { schemas } = API_DOCUMENT.components as { schemas: Record<string, unknown> };
    for (const name of Object.keys(schemas)) expect(ids).toContain(name);
    for (const id of ['submit', 'read', 'perspectives', 'openapi', 'docs', 'health', 'readiness'])
      expect(ids).toContain(id);
    const links = [...PAGE.matchAll(/ href="([^"]+)"/g)].map(([, link = '']) => link);
    const leading = links.filter((link) => link !== 'openapi.json' && !ids.has(link.slice(1)));
    expect(leading).toEqual([]);
  });

  it('runs nothing, loads nothing, and is small', () => {
    expect(PAGE).not.toMatch(
      /<(?:script|img|iframe|link|object|embed|form|base)\b|\son\w+=|\sstyle=|\ssrc=/i,
    );
    expect(Buffer.byteLength(PAGE)).toBeLessThan(MAX_PAGE_BYTES);
  });

  it.each([
    { name: 'a title', document: { info: { title: '</title><script>x</script>' } } },
    { name: 'a path', document: { paths: { '/<script>x</script>': { get: {} } } } },
    { name: 'a summary', document: { paths: { '/': { get: { summary: '<script>x</script>' } } } } },
    {
      name: 'a parameter',
      document: { paths: { '/': { get: { parameters: [{ name: '"><script>x</script>', schema: {} }] } } } },
    },
    {
      name: 'an example',
      document: {
        paths: {
          '/': {
            get: {
              responses: {
                200: {
                  content: {
                    a: { examples: { b: { summary: '<script>', value: '</pre><script>x</script>' } } },
                  },
                },
              },
            },
          },
        },
      },
    },
    { name: 'the name of a schema', document: { components: { schemas: { '"><script>x</script>': {} } } } },
    {
      name: 'a reference',
      document: { components: { schemas: { A: { $ref: '#/"><script>x<' } } } },
    },
    {
      name: 'a value that is allowed',
      document: { components: { schemas: { A: { enum: ['<script>x</script>'] } } } },
    },
  ])('shows $name that is HTML as text', ({ document }) => {
    expect(renderPage(document)).not.toContain('<script');
  });
});

describe('GET /docs', () => {
  const bed = useHarness(openRealTimeBench);

  it('is the page, and its policy allows its own style and nothing else', async () => {
    const { service } = await bed.start();
    const response = await service.api.request('/docs');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(PAGE);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(PAGE) ?? [];
    const hash = createHash('sha256').update(style).digest('base64');
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  it.each([
    { name: 'without a key', headers: {}, method: 'GET', status: 401 },
    { name: 'with a wrong key', headers: { 'x-api-key': 'guess' }, method: 'GET', status: 403 },
    { name: 'with another method', headers: {}, method: 'POST', status: 405 },
  ])('is refused $name where keys are configured', async ({ headers, method, status }) => {
    const { service } = await bed.start({
      config: { apiKeys: [{ name: 'one', sha256: hashKey('key-of-caller-one') }] },
    });
    const response = await service.api.request('/docs', { method, headers });
    expect(response.status).toBe(status);
  });
});
