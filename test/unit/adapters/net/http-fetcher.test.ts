import { describe, expect, it } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import type { HttpObservation, HttpResponse } from '../../../../shared/domain/dcv/http/http-observation.ts';
import type { HttpGet } from '../../../../shared/ports/http-fetcher.ts';
import { ask, get, loopbackGuard, soon, withRawServer } from './lab.ts';
import { END, REQUEST, RESET, type Step } from './raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';

const textOf = (response: HttpResponse | null) => response && Buffer.from(response.body).toString('latin1');

function answerOf(observed: HttpObservation): HttpResponse {
  if (observed.status === 'failed') throw new Error(observed.message);
  return observed;
}

describe('the request sent', () => {
  const sent = async (changes: Partial<HttpGet>) =>
    (await ask([REQUEST, `${OK}Content-Length: 0\r\n\r\n`], changes)).received;

  it('has the host name, the fields of the caller, and no other fields', async () => {
    expect(await sent({ path: '/a/b?c=d&e' })).toBe(
      [
        'GET /a/b?c=d&e HTTP/1.1',
        'host: www.shop.example',
        'user-agent: mpic-test',
        'accept-encoding: identity',
        'connection: close',
        '\r\n',
      ].join('\r\n'),
    );
  });

  it.each([
    { host: 'shop.example', port: 80, field: 'shop.example', name: 'a name at the default port' },
    { host: 'shop.example', port: 443, field: 'shop.example:443', name: 'a name at another port' },
    { host: '192.0.2.1', port: 80, field: '192.0.2.1', name: 'an IPv4 address' },
    { host: '2001:db8::1', port: 80, field: '[2001:db8::1]', name: 'an IPv6 address, in brackets' },
    { host: '2001:db8::1', port: 443, field: '[2001:db8::1]:443', name: 'an IPv6 address with a port' },
  ])('has a Host field for $name (RFC 8738 section 5)', async ({ host, port, field }) => {
    const received = await sent({ host, port });
    expect(received.match(/^host: .*$/gm)).toEqual([`host: ${field}`]);
  });

  it.each([
    { name: 'Host', value: 'other.example' },
    { name: 'HOST', value: 'other.example' },
    { name: 'Connection', value: 'keep-alive' },
    { name: 'Content-Length', value: '10' },
    { name: 'Transfer-Encoding', value: 'chunked' },
    { name: 'Accept-Encoding', value: 'gzip' },
  ])('ignores the field $name of the caller', async ({ name, value }) => {
    const received = await sent({ headers: { [name]: value } });
    expect(received).not.toContain(value);
    expect(received.split('\r\n').filter((line) => line !== '')).toHaveLength(4);
  });

  it.each<{ name: string; changes: Partial<HttpGet> }>([
    { name: 'a line break in the path', changes: { path: '/a HTTP/1.1\r\nHost: other.example\r\n\r\n' } },
    { name: 'a space in the path', changes: { path: '/a b' } },
    { name: 'a character beyond latin1 in the path', changes: { path: '/\u{1f600}' } },
    { name: 'a line break in the host', changes: { host: 'a\r\nX-Y: z' } },
    { name: 'a line break in a field', changes: { headers: { 'user-agent': 'a\r\nX-Y: z' } } },
    { name: 'an invalid field name', changes: { headers: { 'a b': 'c' } } },
  ])('is empty, and the exchange fails, for $name', async ({ changes }) => {
    const { observed, received } = await ask([REQUEST], changes);
    expect(received).toBe('');
    expect(observed).toEqual({
      status: 'failed',
      reason: 'malformed',
      address: '127.0.0.1',
      message: 'the request has a character that HTTP does not allow; nothing was sent',
      partial: null,
    });
  });

  it('uses a new connection each time, and no cookies of earlier responses', async () => {
    const steps = [REQUEST, `${OK}Set-Cookie: a=b\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n`];
    await withRawServer(steps, async (server) => {
      const fetcher = createHttpFetcher(loopbackGuard(server.port));
      for (let round = 0; round < 3; round++) answerOf(await fetcher.get(get()));
      expect(server.connections).toBe(3);
      expect(server.received).not.toMatch(/cookie/i);
    });
  });
});

describe('an accepted response', () => {
  interface Row {
    readonly name: string;
    readonly steps: readonly Step[];
    readonly expected: Partial<HttpResponse>;
    readonly text?: string;
  }
  it.each<Row>([
    { name: 'has a length', steps: [`${OK}Content-Length: 5\r\n\r\nhello`], expected: {}, text: 'hello' },
    { name: 'ends with the connection', steps: [`${OK}\r\nhello`, END], expected: {}, text: 'hello' },
    { name: 'is HTTP/1.0', steps: ['HTTP/1.0 200 OK\r\n\r\nhello', END], expected: {}, text: 'hello' },
    {
      name: 'is chunked',
      steps: [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, '1\r\n!\r\n0\r\n\r\n'],
      expected: {},
      text: 'hello!',
    },
    {
      name: 'is chunked, with extensions and trailers',
      steps: [`${OK}Transfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nLocation: /x\r\n\r\n`],
      expected: { locations: [] },
      text: 'hello',
    },
    {
      name: 'arrives octet by octet',
      steps: [...`${OK}Content-Length: 2\r\n\r\nhi`],
      expected: {},
      text: 'hi',
    },
    {
      name: 'arrives in several packets',
      steps: [`${OK}Content-Length: 9\r\n\r\n`, 'abc', 'def', 'ghi'],
      expected: {},
      text: 'abcdefghi',
    },
    { name: 'has no body', steps: [`${OK}Content-Length: 0\r\n\r\n`], expected: {}, text: '' },
    { name: 'has no reason phrase', steps: ['HTTP/1.1 200\r\n\r\n', END], expected: {}, text: '' },
    { name: 'has status 404', steps: ['HTTP/1.1 404 X\r\n\r\n', END], expected: { statusCode: 404 } },
    { name: 'has status 599', steps: ['HTTP/1.1 599 X\r\n\r\n', END], expected: { statusCode: 599 } },
    {
      name: 'has status 204, whose following octets are ignored',
      steps: ['HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello'],
      expected: { statusCode: 204 },
      text: '',
    },
    {
      name: 'follows informational responses',
      steps: [
        'HTTP/1.1 100 Continue\r\n\r\n',
        'HTTP/1.1 103 Early\r\nLocation: /x\r\n\r\n',
        `${OK}\r\n`,
        END,
      ],
      expected: { statusCode: 200, locations: [] },
    },
    {
      name: 'follows eight informational responses',
      steps: [`${'HTTP/1.1 102 X\r\n\r\n'.repeat(8)}${OK}\r\n`, END],
      expected: { statusCode: 200 },
    },
    {
      name: 'offers a protocol upgrade',
      steps: [`${OK}Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi`],
      expected: {},
      text: 'hi',
    },
    {
      name: 'is followed by further octets, which are ignored',
      steps: [`${OK}Connection: close\r\nContent-Length: 2\r\n\r\nhi${OK}\r\n`, 'more', RESET],
      expected: {},
      text: 'hi',
    },
    {
      name: 'is a redirect, which is not followed',
      steps: ['HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n'],
      expected: { statusCode: 302, locations: ['/next'] },
    },
    {
      name: 'has several Location fields, which are returned in order',
      steps: [`${OK}Location: /b\r\nlocation: /a\r\nX: Location\r\nLOCATION:\r\nContent-Length: 0\r\n\r\n`],
      expected: { locations: ['/b', '/a', ''] },
    },
    {
      name: 'has a Location field after three thousand others',
      steps: [`${OK}${'a:\r\n'.repeat(3000)}Location: /last\r\nContent-Length: 0\r\n\r\n`],
      expected: { locations: ['/last'] },
    },
    {
      name: 'has two content types, of which the first is used',
      steps: [`${OK}Content-Type: text/plain\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n`],
      expected: { contentType: 'text/plain' },
    },
    {
      name: 'has a binary body',
      steps: [`${OK}Content-Length: 3\r\n\r\n`, Buffer.from([0, 0xff, 0x80])],
      expected: {},
      text: '\u0000\u00ff\u0080',
    },
  ])('$name', async ({ steps, expected, text }) => {
    const answer = answerOf((await ask([REQUEST, ...steps])).observed);
    expect(answer).toMatchObject({
      statusCode: 200,
      address: '127.0.0.1',
      bodyCut: false,
      tls: null,
      ...expected,
    });
    if (text !== undefined) expect(textOf(answer)).toBe(text);
  });

  it('may be sent before the request arrives', async () => {
    const { observed } = await ask([`${OK}Content-Length: 2\r\n\r\nhi`]);
    expect(textOf(answerOf(observed))).toBe('hi');
  });
});

describe('the body limit', () => {
  interface Row {
    readonly name: string;
    readonly steps: readonly Step[];
    readonly bodyCut: boolean;
    readonly text: string;
  }
  it.each<Row>([
    {
      name: 'keeps a body of exactly the limit complete',
      steps: [`${OK}Content-Length: 10\r\n\r\n0123456789`],
      bodyCut: false,
      text: '0123456789',
    },
    {
      name: 'cuts a body of one octet more',
      steps: [`${OK}Content-Length: 11\r\n\r\n0123456789a`],
      bodyCut: true,
      text: '0123456789',
    },
    {
      name: 'keeps a body complete that reaches the limit and ends with the connection',
      steps: [`${OK}\r\n01234`, '56789', END],
      bodyCut: false,
      text: '0123456789',
    },
    {
      name: 'does not wait for the rest of an announced ten gigabytes',
      steps: [`${OK}Content-Length: 10000000000\r\n\r\n`, '01234', '56789a'],
      bodyCut: true,
      text: '0123456789',
    },
    {
      name: 'cuts an endless body',
      steps: [`${OK}\r\n`, { repeat: 'x'.repeat(1000), everyMs: 0 }],
      bodyCut: true,
      text: 'x'.repeat(10),
    },
    {
      name: 'cuts endless chunks',
      steps: [`${OK}Transfer-Encoding: chunked\r\n\r\n`, { repeat: '1\r\nx\r\n'.repeat(100), everyMs: 0 }],
      bodyCut: true,
      text: 'x'.repeat(10),
    },
  ])('$name', async ({ steps, bodyCut, text }) => {
    const answer = answerOf((await ask([REQUEST, ...steps], { maxBodyBytes: 10 })).observed);
    expect(answer.bodyCut).toBe(bodyCut);
    expect(textOf(answer)).toBe(text);
  });

  it('may be zero', async () => {
    const { observed } = await ask([REQUEST, `${OK}Content-Length: 1\r\n\r\nx`], { maxBodyBytes: 0 });
    expect(answerOf(observed)).toMatchObject({ bodyCut: true, body: Buffer.alloc(0) });
  });
});

describe('fifty parallel requests', () => {
  it('each get their own response', async () => {
    await withRawServer([REQUEST, `${OK}\r\nhello`, END], async (server) => {
      const fetcher = createHttpFetcher(loopbackGuard(server.port));
      const all = await Promise.all(Array.from({ length: 50 }, () => fetcher.get(get({ deadline: soon() }))));
      expect(all.map((observed) => textOf(answerOf(observed)))).toEqual(new Array(50).fill('hello'));
    });
  });
});
