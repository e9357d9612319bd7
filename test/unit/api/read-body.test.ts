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
    'application/json;',
    ' application/json ',
    'application/json ;charset="utf-8"',
    // RFC 8259 section 11: the parameter does not exist, and adding it has no effect.
    'application/json; charset=iso-8859-1',
    'application/vnd.ca.mpic-v1+json',
  ])('takes %j', async (type) => {
    expect((await sent('1', { 'content-type': type })).ok).toBe(true);
  });

  it.each([
    {
      name: 'a member twice',
      text: '{"check_type":"caa","check_type":"dcv"}',
      message: /"check_type" stands twice/,
    },
    {
      name: 'a member twice, once in escapes',
      text: '{"check_type":"caa","\\u0063heck_type":"dcv"}',
      message: /"check_type" stands twice/,
    },
    { name: 'a number that becomes an infinity', text: '{"n":1e999}', message: /too large.*in "n"/ },
    { name: 'half a surrogate pair', text: '{"n":"\\ud800"}', message: /surrogate pair.*in "n"/ },
    { name: 'a byte order mark', text: '\uFEFF{}', message: /begins with a byte order mark; leave it out/ },
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

  it.each([
    '',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/x-json',
    'multipart/form-data',
    'json',
    'application/',
    'application/+json',
    'application/json-seq',
    'application/json+xml',
    'application/json, text/plain',
    'text/plain, application/json',
    'text/plain; application/json',
    'application /json',
    `application/${'+'.repeat(20_000)}`,
  ])('does not take %j', async (type) => {
    expect(await sent('1', { 'content-type': type })).toEqual({
      ok: false,
      error: 'unsupported-media-type',
    });
  });

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

  it.each(['', 'a', '-1', '1e1', '0x5', '5, 5', '99999999999999999999'])(
    'a length of %j does not let a longer body in',
    async (length) => {
      const body = await sent(jsonOf(MAX_BODY_BYTES + 1), { ...JSON_TYPE, 'content-length': length });
      expect(body).toEqual({ ok: false, error: 'request-too-large' });
    },
  );

  it.each([
    { name: 'one octet after the other', cut: 1 },
    { name: 'two pieces, the second of one octet', cut: MAX_BODY_BYTES },
    { name: 'pieces with empty ones between', cut: 0 },
  ])('the longest body is read and one octet more is not, in $name', async ({ cut }) => {
    for (const length of [MAX_BODY_BYTES, MAX_BODY_BYTES + 1]) {
      const whole = Buffer.from(jsonOf(length));
      const pieces =
        cut === 0
          ? [new Uint8Array(), whole.subarray(0, 9), new Uint8Array(), whole.subarray(9), new Uint8Array()]
          : Array.from({ length: Math.ceil(length / cut) }, (_, index) =>
              whole.subarray(index * cut, (index + 1) * cut),
            );
      expect((await readJsonBody(streamed(pieces))).ok).toBe(length === MAX_BODY_BYTES);
    }
  });

  it.each([
    { name: 'a list', text: '[]', value: [] },
    { name: 'null', text: 'null', value: null },
    { name: 'a string', text: '""', value: '' },
    { name: 'a number', text: '-0.5e1', value: -5 },
    { name: 'a literal', text: 'false', value: false },
    { name: 'white space around', text: ' \t\r\n{} ', value: {} },
    {
      name: '10,000 items',
      text: JSON.stringify(Array(10_000).fill(0)),
      value: Array(10_000).fill(0),
    },
  ])('$name is a body, whether or not it is a request', async ({ text, value }) => {
    expect(await sent(text)).toMatchObject({ ok: true, value });
  });

  it('a body without any stream is empty, and no JSON', async () => {
    const request = new Request('http://127.0.0.1/mpic', { method: 'POST', headers: JSON_TYPE });
    expect(await readJsonBody(request)).toMatchObject({ ok: false, error: 'json-invalid' });
  });

  it.each(['gzip', 'GZIP', 'identity, gzip', 'x'])('a body coded as %j is not read', async (coding) => {
    expect(await sent('{}', { ...JSON_TYPE, 'content-encoding': coding })).toEqual({
      ok: false,
      error: 'unsupported-media-type',
    });
  });

  it('a body coded as identity is read', async () => {
    expect((await sent('{}', { ...JSON_TYPE, 'content-encoding': 'Identity' })).ok).toBe(true);
  });

  it.each([
    { name: 'without a length', headers: JSON_TYPE },
    { name: 'with one', headers: { ...JSON_TYPE, 'content-length': '20' } },
  ])('a body that breaks off, $name, is a refusal and no exception', async ({ headers }) => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error('connection reset by /some/path')),
    });
    const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit;
    expect(await readJsonBody(new Request('http://127.0.0.1/mpic', init))).toEqual({
      ok: false,
      error: 'json-invalid',
      message: 'the body ended before its time; send all of it',
    });
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
    { name: 'UTF-16', body: new Uint8Array(Buffer.from('{}', 'utf16le')) },
    { name: 'UTF-16 with its byte order mark', body: Uint8Array.from([0xff, 0xfe, 0x7b, 0, 0x7d, 0]) },
    { name: 'two byte order marks', body: '\uFEFF\uFEFF{}' },
    { name: 'a byte order mark alone', body: '\uFEFF' },
    { name: 'half a surrogate pair as three octets', body: Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]) },
    { name: 'a character cut off at the end', body: Uint8Array.from([0x22, 0xc3]) },
    { name: 'white space alone', body: ' \n' },
    { name: 'a comma too many', body: '{"a":1,}' },
    { name: 'a comment', body: '{}//' },
    { name: 'a name without quotation marks', body: '{a:1}' },
    { name: 'not a number', body: '{"a":NaN}' },
    { name: 'Infinity as a word', body: '{"a":-Infinity}' },
    { name: 'a number with a leading zero', body: '{"a":01}' },
    { name: 'a line break in a string', body: '"\n"' },
    { name: 'brackets without end, by the ten thousand', body: '['.repeat(60_000) },
    { name: 'objects without end, by the ten thousand', body: '{"":'.repeat(15_000) },
    { name: 'an overlong encoding', body: Uint8Array.from([0x22, 0xc0, 0xaf, 0x22]) },
  ])('$name is no JSON', async ({ body }) => {
    expect(await sent(body)).toMatchObject({ ok: false, error: 'json-invalid' });
  });

  it('the message about bad JSON does not carry the body on', async () => {
    const body = await sent(`{"a": ${'z'.repeat(1000)}`);
    expect(body.ok === false && 'message' in body && body.message.length).toBeLessThanOrEqual(220);
  });
});
