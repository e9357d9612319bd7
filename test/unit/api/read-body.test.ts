import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_BODY_BYTES, readJsonBody } from '../../../services/api/read-body.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

/** A request whose body comes in pieces, without a length. */
function streamed(chunks: readonly Uint8Array[], headers: Record<string, string> = JSON_TYPE): Request {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[pulled++];
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
  return new Request('http://127.0.0.1/mpic', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
}

const sent = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = JSON_TYPE) =>
  readJsonBody(new Request('http://127.0.0.1/mpic', { method: 'POST', headers, body }));
const bytes = (length: number) => new Uint8Array(length).fill(0x20);
/** JSON of exactly this many bytes. */
const jsonOf = (length: number) => `"${'x'.repeat(length - 2)}"`;

describe('Reading a body', () => {
  it('gives the value and the digest of the bytes as received', async () => {
    const text = '{"a" : 1}';
    expect(await sent(text)).toEqual({
      ok: true,
      value: { a: 1 },
      digest: createHash('sha256').update(text).digest('hex'),
    });
  });

  it('a body in pieces, cut inside a character, is one', async () => {
    const whole = Buffer.from('"schön"');
    const body = await readJsonBody(streamed([whole.subarray(0, 5), whole.subarray(5)]));
    expect(body).toMatchObject({ ok: true, value: 'schön' });
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'APPLICATION/JSON',
    'application/problem+json',
  ])('takes %s', async (type) => {
    expect((await sent('1', { 'content-type': type })).ok).toBe(true);
  });

  it.each([
    {
      name: 'a member twice',
      text: '{"check_type":"caa","check_type":"dcv"}',
      message: /"check_type" stands twice/,
    },
    { name: 'a member __proto__', text: '{"a":{"__proto__":{"is_valid":true}}}', message: /__proto__/ },
    {
      name: 'levels by the ten thousand',
      text: `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
      message: /deeper than/,
    },
  ])('refuses $name, which two readers may read differently', async ({ text, message }) => {
    expect(await sent(text)).toEqual({
      ok: false,
      error: 'json-invalid',
      message: expect.stringMatching(message),
    });
  });

  it.each(['', 'text/plain', 'text/json', 'application/jsonp', 'application/x-json', 'multipart/form-data'])(
    'does not take %j',
    async (type) => {
      expect(await sent('1', { 'content-type': type })).toEqual({
        ok: false,
        error: 'unsupported-media-type',
      });
    },
  );

  it.each([
    { name: 'the longest body', length: MAX_BODY_BYTES, ok: true },
    { name: 'one byte more', length: MAX_BODY_BYTES + 1, ok: false },
  ])('$name: read is $ok, with a length, without one and with a wrong one', async ({ length, ok }) => {
    const text = jsonOf(length);
    const expected = ok ? { ok: true } : { ok: false, error: 'request-too-large' };
    expect(await sent(text, { ...JSON_TYPE, 'content-length': String(length) })).toMatchObject(expected);
    expect(await readJsonBody(streamed([Buffer.from(text)]))).toMatchObject(expected);
    expect(await sent(text, { ...JSON_TYPE, 'content-length': '5' })).toMatchObject(expected);
  });

  it('an announced length that is too long is refused unread', async () => {
    const request = streamed([], { ...JSON_TYPE, 'content-length': String(MAX_BODY_BYTES + 1) });
    expect(await readJsonBody(request)).toEqual({ ok: false, error: 'request-too-large' });
    expect(request.bodyUsed).toBe(false);
  });

  it('an endless body is left as soon as it is too long', async () => {
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulls += 1;
        controller.enqueue(bytes(16 * 1024));
      },
    });
    const init = { method: 'POST', headers: JSON_TYPE, body, duplex: 'half' } as RequestInit;
    expect(await readJsonBody(new Request('http://127.0.0.1/mpic', init))).toMatchObject({ ok: false });
    expect(pulls).toBeLessThan(10);
  });

  it.each([
    { name: 'nothing', body: '' },
    { name: 'half an object', body: '{"a":' },
    { name: 'two values', body: '1 2' },
    { name: 'a byte order mark inside', body: '{\uFEFF}' },
    { name: 'octets that are no UTF-8', body: Uint8Array.from([0x22, 0xff, 0x22]) },
    { name: 'an overlong encoding', body: Uint8Array.from([0x22, 0xc0, 0xaf, 0x22]) },
  ])('$name is no JSON', async ({ body }) => {
    expect(await sent(body)).toMatchObject({ ok: false, error: 'json-invalid' });
  });

  it('the message about bad JSON does not carry the body on', async () => {
    const body = await sent(`{"a": ${'z'.repeat(1000)}`);
    expect(body.ok === false && 'message' in body && body.message.length).toBeLessThanOrEqual(220);
  });
});
