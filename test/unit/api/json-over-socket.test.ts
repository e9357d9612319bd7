import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Body, MAX_BODY_BYTES, readJsonBody } from '../../../services/api/read-body.ts';

const HEAD = [
  'POST /mpic HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: close',
  'Content-Type: application/json',
];
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
/** JSON of exactly this many bytes. */
const jsonOf = (length: number) => `"${'x'.repeat(length - 2)}"`;

describe('A body on the wire', () => {
  let server: ServerType;
  let bodies: Promise<Body>[];

  beforeEach(async () => {
    bodies = [];
    server = serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: async (request) => {
        const body = readJsonBody(request);
        bodies.push(body);
        const read = await body;
        return Response.json(read.ok ? { ok: true, value: read.value } : read);
      },
    });
    if (!server.listening) await once(server, 'listening');
  });

  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  /** Sends the octets as they are; gives the status and the rest of the answer. `end`: leave after the last octet. */
  async function send(headers: readonly string[], body: string, end = false) {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const pieces: Buffer[] = [];
    socket.on('data', (piece) => pieces.push(piece));
    // A server that has refused the request need not read the rest of it.
    socket.on('error', () => {});
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    await once(socket, 'connect');
    socket.write(`${[...HEAD, ...headers].join('\r\n')}\r\n\r\n${body}`);
    if (end) socket.end();
    await closed;
    const answer = Buffer.concat(pieces).toString();
    return { status: Number(answer.split(' ')[1]), answer };
  }

  it.each([
    {
      name: 'chunks',
      headers: ['Transfer-Encoding: chunked'],
      body: `${chunk('{"a"')}${chunk(':1}')}0\r\n\r\n`,
    },
    {
      name: 'chunks with extensions and a trailer',
      headers: ['Transfer-Encoding: chunked'],
      body: '7;x=y\r\n{"a":1}\r\n0\r\nContent-Type: text/plain\r\n\r\n',
    },
    { name: 'a length', headers: ['Content-Length: 7'], body: '{"a":1}' },
  ])('in $name is read', async ({ headers, body }) => {
    const { status, answer } = await send(headers, body);
    expect(status).toBe(200);
    expect(answer).toContain('{"ok":true,"value":{"a":1}}');
    expect(bodies).toHaveLength(1);
  });

  it('ends where its length says, whatever comes behind it', async () => {
    await send(['Content-Length: 7'], '{"a":1}{"a":2}');
    expect(await Promise.all(bodies)).toMatchObject([{ ok: true, value: { a: 1 } }]);
  });

  // RFC 9112 section 6.3: two readers that disagree on where a body ends are a way to smuggle requests.
  it.each([
    { name: 'both a length and chunks', headers: ['Content-Length: 7', 'Transfer-Encoding: chunked'] },
    { name: 'two lengths', headers: ['Content-Length: 7', 'Content-Length: 8'] },
    { name: 'a list of lengths', headers: ['Content-Length: 7, 7'] },
    { name: 'a length with a sign', headers: ['Content-Length: +7'] },
    { name: 'a negative length', headers: ['Content-Length: -7'] },
    { name: 'a hexadecimal length', headers: ['Content-Length: 0x7'] },
    { name: 'a length beyond all numbers', headers: [`Content-Length: ${'9'.repeat(40)}`] },
    { name: 'chunks that are no chunks', headers: ['Transfer-Encoding: chunked'] },
    { name: 'another coding last', headers: ['Transfer-Encoding: chunked, gzip'] },
  ])('with $name gives no value', async ({ headers }) => {
    const { status } = await send(headers, '{"a":1}', true);
    expect(status).toBe(400);
    const read = await Promise.all(bodies);
    expect(read.filter(({ ok }) => ok)).toEqual([]);
  });

  it.each([
    {
      name: 'with a length',
      headers: (body: string) => [`Content-Length: ${body.length}`],
      coded: (body: string) => body,
    },
    {
      name: 'in chunks',
      headers: () => ['Transfer-Encoding: chunked'],
      coded: (body: string) => `${chunk(body.slice(0, 60_000))}${chunk(body.slice(60_000))}0\r\n\r\n`,
    },
  ])('of 65,536 octets $name is read, and of 65,537 is not', async ({ headers, coded }) => {
    for (const [length, expected] of [
      [MAX_BODY_BYTES, { ok: true }],
      [MAX_BODY_BYTES + 1, { ok: false, error: 'request-too-large' }],
    ] as const) {
      const body = jsonOf(length);
      await send(headers(body), coded(body));
      expect(await bodies.at(-1)).toMatchObject(expected);
    }
  });

  it.each([
    { name: 'before its length', headers: ['Content-Length: 20'], body: '{"a":1}' },
    { name: 'in the midst of its chunks', headers: ['Transfer-Encoding: chunked'], body: chunk('{"a":1}') },
    { name: 'in the midst of a chunk', headers: ['Transfer-Encoding: chunked'], body: 'ff\r\n{"a":1}' },
  ])('that ends $name gives no value and no exception', async ({ headers, body }) => {
    await send(headers, body, true);
    expect(bodies).toHaveLength(1);
    expect(await bodies[0]).toMatchObject({ ok: false });
  });

  it('that is announced longer than allowed is answered before it comes', async () => {
    const { answer } = await send([`Content-Length: ${MAX_BODY_BYTES + 1}`], '');
    expect(answer).toContain('request-too-large');
  });

  it('that has no end is answered as soon as it is too long', async () => {
    const { answer } = await send(['Transfer-Encoding: chunked'], chunk(jsonOf(MAX_BODY_BYTES + 1)));
    expect(answer).toContain('request-too-large');
  });
});
