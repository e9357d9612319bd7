import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ask, soon } from './lab.ts';
import { END, REQUEST, type Step } from './raw-server.ts';

const TEXT = 'the value of the challenge';

function coded(coding: string, body: Uint8Array): Step[] {
  const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${coding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return [REQUEST, head, body];
}

const CODINGS = [
  { coding: 'gzip', encode: (body: Uint8Array): Uint8Array => gzipSync(body) },
  { coding: 'X-GZIP', encode: (body: Uint8Array): Uint8Array => gzipSync(body) },
  { coding: 'deflate', encode: (body: Uint8Array): Uint8Array => deflateSync(body) },
  { coding: 'br', encode: (body: Uint8Array): Uint8Array => brotliCompressSync(body) },
  { coding: 'identity, , gzip', encode: (body: Uint8Array): Uint8Array => gzipSync(body) },
  { coding: 'identity', encode: (body: Uint8Array) => body },
  { coding: '', encode: (body: Uint8Array) => body },
];

describe('an unrequested content coding', () => {
  it.each(CODINGS)('is decoded: "$coding"', async ({ coding, encode }) => {
    const { observed } = await ask(coded(coding, encode(Buffer.from(TEXT))));
    expect(observed).toMatchObject({ status: 'answered', bodyCut: false, body: Buffer.from(TEXT) });
  });

  it.each([
    { octets: 999, bodyCut: false },
    { octets: 1000, bodyCut: false },
    { octets: 1001, bodyCut: true },
  ])('does not change the body limit: $octets octets at a limit of 1000', async ({ octets, bodyCut }) => {
    const { observed } = await ask(coded('gzip', gzipSync(Buffer.alloc(octets, 'x'))));
    expect(observed).toMatchObject({ bodyCut, body: Buffer.alloc(Math.min(octets, 1000), 'x') });
  });

  // Fifty megabytes of zeros; a thousand octets are kept.
  const zeros = Buffer.alloc(50_000_000);
  it.each([
    { coding: 'gzip', bomb: gzipSync(zeros, { level: 9 }) },
    { coding: 'deflate', bomb: deflateSync(zeros, { level: 9 }) },
    { coding: 'br', bomb: brotliCompressSync(zeros) },
  ])('stops at the body limit for a decompression bomb: $coding', async ({ coding, bomb }) => {
    const before = process.memoryUsage();
    const { observed } = await ask(coded(coding, bomb), { deadline: soon(30_000) });
    const after = process.memoryUsage();
    expect(observed).toMatchObject({ status: 'answered', bodyCut: true, body: Buffer.alloc(1000) });
    expect(after.external + after.arrayBuffers - before.external - before.arrayBuffers).toBeLessThan(
      20_000_000,
    );
  });

  it.each([
    { name: 'two codings', coding: 'gzip, gzip', message: 'the body has more than one content coding' },
    {
      name: 'two different codings',
      coding: 'br,gzip',
      message: 'the body has more than one content coding',
    },
    {
      name: 'an unknown coding',
      coding: 'zstd',
      message: 'the body has a content coding other than gzip, deflate and br',
    },
    {
      name: 'a name that every JavaScript object has as a member',
      coding: 'constructor',
      message: 'the body has a content coding other than gzip, deflate and br',
    },
  ])('fails the exchange for $name', async ({ coding, message }) => {
    const { observed } = await ask(coded(coding, gzipSync(gzipSync(TEXT))));
    expect(observed).toMatchObject({
      status: 'failed',
      reason: 'malformed',
      message,
      partial: { statusCode: 200, body: new Uint8Array() },
    });
  });

  it('fails the exchange for two Content-Encoding fields', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n';
    const { observed } = await ask([REQUEST, head, gzipSync(gzipSync(TEXT)), END]);
    expect(observed).toMatchObject({
      reason: 'malformed',
      message: expect.stringContaining('more than one'),
    });
  });

  it.each([
    { name: 'octets that are not in this coding', coding: 'gzip', body: Buffer.from(TEXT) },
    { name: 'octets that are not in this coding', coding: 'br', body: Buffer.from(TEXT) },
    { name: 'octets that are not in this coding', coding: 'deflate', body: Buffer.from(TEXT) },
    { name: 'truncated data', coding: 'gzip', body: gzipSync(TEXT).subarray(0, -10) },
    { name: 'truncated data', coding: 'br', body: brotliCompressSync(TEXT).subarray(0, -3) },
    { name: 'a wrong checksum', coding: 'gzip', body: withWrongCheckSum(gzipSync(TEXT)) },
    { name: 'an empty body', coding: 'br', body: Buffer.alloc(0) },
  ])('fails the exchange for $name: $coding', async ({ coding, body }) => {
    const { observed } = await ask(coded(coding, body));
    expect(observed).toMatchObject({
      status: 'failed',
      reason: 'malformed',
      message: 'the content coding of the body cannot be undone',
      partial: { statusCode: 200 },
    });
  });

  it('fails as closed when the connection breaks', async () => {
    const [, , body = ''] = coded('gzip', gzipSync(TEXT));
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n';
    const { observed } = await ask([REQUEST, head, body, END]);
    expect(observed).toMatchObject({ status: 'failed', reason: 'closed', partial: { statusCode: 200 } });
  });

  it('does not extend the deadline', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n';
    const { observed } = await ask([REQUEST, head, gzipSync(TEXT)], { deadline: soon(400) });
    expect(observed).toMatchObject({ status: 'failed', reason: 'timeout' });
  });
});

function withWrongCheckSum(gzipped: Buffer): Buffer {
  const changed = Buffer.from(gzipped);
  changed.writeUInt32LE(0, changed.length - 8);
  return changed;
}
