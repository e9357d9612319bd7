import { describe, expect, it } from 'vitest';
import { createHttpFetcher } from '../../../../shared/adapters/net/http-fetcher.ts';
import type { HttpObservation } from '../../../../shared/domain/dcv/http/http-observation.ts';
import { ask, get, loopbackGuard, soon, withRawServer } from './lab.ts';
import { END, REQUEST, RESET, type Step } from './raw-server.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

/** Long enough for a loaded machine to play the steps before the server stops. */
const SHORT_MS = 400;

const failureOf = (observed: HttpObservation) => {
  if (observed.status === 'answered') throw new Error(`answered with status ${observed.statusCode}`);
  return observed;
};
const partialText = (observed: HttpObservation) => {
  const { partial } = failureOf(observed);
  return partial && Buffer.from(partial.body).toString('latin1');
};

describe('a connection closed by the server', () => {
  const points = [
    { at: 'after the request', before: [REQUEST], partial: null },
    { at: 'within the status line', before: [REQUEST, 'HTTP/1.1 2'], partial: null },
    { at: 'after the status line', before: [REQUEST, OK], partial: null },
    { at: 'within the header', before: [REQUEST, `${OK}Content-Len`], partial: null },
    { at: 'before the empty line', before: [REQUEST, `${OK}Content-Length: 9\r\n`], partial: null },
    { at: 'after an informational response', before: [REQUEST, 'HTTP/1.1 103 X\r\n\r\n'], partial: null },
    { at: 'after the header', before: [REQUEST, `${OK}Content-Length: 9\r\n\r\n`], partial: '' },
    { at: 'within the body', before: [REQUEST, `${OK}Content-Length: 9\r\n\r\nhel`], partial: 'hel' },
    { at: 'before the first chunk', before: [REQUEST, CHUNKED], partial: '' },
    { at: 'within a chunk', before: [REQUEST, `${CHUNKED}9\r\nhel`], partial: 'hel' },
    { at: 'between chunks', before: [REQUEST, `${CHUNKED}3\r\nhel\r\n`], partial: 'hel' },
    { at: 'within the last chunk', before: [REQUEST, `${CHUNKED}3\r\nhel\r\n0\r\n`], partial: 'hel' },
    { at: 'within a trailer', before: [REQUEST, `${CHUNKED}3\r\nhel\r\n0\r\nA: b`], partial: 'hel' },
  ];

  describe.each([
    { how: 'with a FIN', step: END },
    { how: 'with a reset', step: RESET },
  ])('$how', ({ step }) => {
    it.each(points)('$at fails the exchange and keeps the partial response', async ({ before, partial }) => {
      const { observed } = await ask([...before, step]);
      expect(failureOf(observed)).toMatchObject({
        reason: 'closed',
        address: '127.0.0.1',
        message: 'the server closed the connection before its response was complete',
      });
      expect(partialText(observed)).toBe(partial);
    });
  });

  it('with a FIN right after accepting it fails the exchange', async () => {
    expect(failureOf((await ask([END])).observed)).toMatchObject({ reason: 'closed', partial: null });
  });

  it('with a reset right after accepting it fails as closed or unreachable, depending on the kernel', async () => {
    const { reason, partial } = failureOf((await ask([RESET])).observed);
    expect(['closed', 'unreachable']).toContain(reason);
    expect(partial).toBeNull();
  });

  it('with a reset fails the exchange when the body has no length', async () => {
    const { observed } = await ask([REQUEST, `${OK}\r\nhel`, RESET]);
    expect(failureOf(observed).reason).toBe('closed');
    expect(partialText(observed)).toBe('hel');
  });
});

describe('a server that stops responding', () => {
  it.each([
    { at: 'after accepting the connection', before: [], partial: null, step: 'the wait for a response' },
    { at: 'after the request', before: [REQUEST], partial: null, step: 'the wait for a response' },
    {
      at: 'within the header',
      before: [REQUEST, `${OK}Content-`],
      partial: null,
      step: 'the wait for a response',
    },
    {
      at: 'after a few octets of ten gigabytes',
      before: [REQUEST, `${OK}Content-Length: 10000000000\r\n\r\nhel`],
      partial: 'hel',
      step: 'the transfer of the body',
    },
    {
      at: 'where the connection should end',
      before: [REQUEST, `${OK}\r\nhel`],
      partial: 'hel',
      step: 'the transfer of the body',
    },
    {
      at: 'before the last chunk',
      before: [REQUEST, `${CHUNKED}3\r\nhel\r\n`],
      partial: 'hel',
      step: 'the transfer of the body',
    },
  ])('$at fails with a time-out at the deadline', async ({ before, partial, step }) => {
    const { observed, tookMs } = await ask(before, { deadline: soon(SHORT_MS) });
    expect(failureOf(observed)).toMatchObject({
      reason: 'timeout',
      address: '127.0.0.1',
      message: `the time was over during ${step}`,
    });
    expect(partialText(observed)).toBe(partial);
    expect(tookMs).toBeLessThan(5000);
  });

  // A timer restarted by each octet would never end these.
  it.each<{ name: string; steps: readonly Step[] }>([
    { name: 'the status line', steps: ['HTTP/1.1 200 ', { repeat: 'x', everyMs: 20 }] },
    { name: 'the header', steps: [OK, { repeat: 'a: b\r\n', everyMs: 20 }] },
    { name: 'informational responses', steps: [{ repeat: 'HTTP/1.1 103 X\r\nA: ', everyMs: 150 }] },
    { name: 'the body', steps: [`${OK}\r\n`, { repeat: 'x', everyMs: 20 }] },
    { name: 'chunks', steps: [CHUNKED, { repeat: '1\r\nx\r\n', everyMs: 20 }] },
    { name: 'trailers', steps: [`${CHUNKED}0\r\n`, { repeat: 'a: b\r\n', everyMs: 20 }] },
    { name: 'chunk extensions', steps: [`${CHUNKED}1;`, { repeat: 'x', everyMs: 20 }] },
  ])('does not extend the deadline by slowly sending $name', async ({ steps }) => {
    const { observed, tookMs } = await ask([REQUEST, ...steps], { deadline: soon(SHORT_MS) });
    expect(failureOf(observed).reason).toBe('timeout');
    expect(tookMs).toBeLessThan(5000);
  });

  it.each([
    { name: 'before a response', steps: [REQUEST] },
    { name: 'within a body', steps: [REQUEST, `${OK}\r\nhel`] },
  ])('is disconnected at once when the check is aborted $name', async ({ steps }) => {
    await withRawServer(steps, async (server) => {
      const controller = new AbortController();
      const pending = createHttpFetcher(loopbackGuard(server.port)).get(get({ signal: controller.signal }));
      setTimeout(() => controller.abort(), 50);
      expect(failureOf(await pending)).toMatchObject({ reason: 'aborted', address: '127.0.0.1' });
    });
  });
});

describe('a malformed response fails the exchange', () => {
  it.each<{ name: string; steps: readonly Step[]; message: RegExp; isAnswered?: boolean }>([
    { name: 'text without a header', steps: ['hello', END], message: /not HTTP \(HPE_INVALID_CONSTANT\)/ },
    { name: 'a banner before the request', steps: ['220 mail ready\r\n'], message: /not HTTP/ },
    { name: 'TLS', steps: [Buffer.from('15030300020228', 'hex')], message: /not HTTP/ },
    {
      name: 'the preface of HTTP/2',
      steps: [Buffer.from('00000604000000000000', 'hex')],
      message: /not HTTP/,
    },
    { name: 'HTTP/0.9', steps: ['HTTP/0.9 200 OK\r\n\r\n', END], message: /not HTTP\/1\.0 or HTTP\/1\.1/ },
    { name: 'HTTP/2.0', steps: ['HTTP/2.0 200 OK\r\n\r\n', END], message: /not HTTP\/1\.0 or HTTP\/1\.1/ },
    { name: 'HTTP/1.2', steps: ['HTTP/1.2 200 OK\r\n\r\n', END], message: /HPE_INVALID_VERSION/ },
    { name: 'status 000', steps: ['HTTP/1.1 000 X\r\n\r\n', END], message: /no HTTP status 0/ },
    { name: 'status 099', steps: ['HTTP/1.1 099 X\r\n\r\n', END], message: /no HTTP status 99/ },
    { name: 'status 600', steps: ['HTTP/1.1 600 X\r\n\r\n', END], message: /no HTTP status 600/ },
    { name: 'status 999', steps: ['HTTP/1.1 999 X\r\n\r\n', END], message: /no HTTP status 999/ },
    { name: 'a status of two digits', steps: ['HTTP/1.1 20 X\r\n\r\n', END], message: /HPE_INVALID_STATUS/ },
    { name: 'a status of four digits', steps: ['HTTP/1.1 2000 X\r\n\r\n'], message: /HPE_INVALID_STATUS/ },
    { name: 'lines without a carriage return', steps: ['HTTP/1.1 200 OK\n\n'], message: /HPE_CR_EXPECTED/ },
    { name: 'a folded field', steps: [`${OK}A: b\r\n c\r\n\r\n`], message: /HPE_INVALID_HEADER_TOKEN/ },
    { name: 'a space before a colon', steps: [`${OK}A : b\r\n\r\n`], message: /HPE_INVALID_HEADER_TOKEN/ },
    { name: 'a NUL in a field', steps: [`${OK}A: \u0000\r\n\r\n`], message: /HPE_INVALID_HEADER_TOKEN/ },
    {
      name: 'another protocol',
      steps: ['HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello'],
      message: /switches protocols/,
    },
    {
      name: 'status 101 alone',
      steps: [`HTTP/1.1 101 X\r\n\r\n${OK}\r\n`, END],
      message: /no HTTP status 101/,
    },
    {
      name: 'nine informational responses',
      steps: [`${'HTTP/1.1 100 X\r\n\r\n'.repeat(9)}${OK}\r\n`, END],
      message: /too many informational/,
    },
    // RFC 9112 section 6.3: the framing of the body must be unambiguous.
    {
      name: 'two lengths',
      steps: [`${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
      message: /HPE_UNEXPECTED_CONTENT_LENGTH/,
    },
    { name: 'a list of lengths', steps: [`${OK}Content-Length: 5, 5\r\n\r\n`], message: /CONTENT_LENGTH/ },
    { name: 'a negative length', steps: [`${OK}Content-Length: -5\r\n\r\n`], message: /CONTENT_LENGTH/ },
    {
      name: 'a huge length',
      steps: [`${OK}Content-Length: ${'9'.repeat(30)}\r\n\r\n`],
      message: /CONTENT_LENGTH/,
    },
    {
      name: 'a length and then chunks',
      steps: [`${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
      message: /not HTTP \(HPE_/,
    },
    {
      name: 'chunks and then a length',
      steps: [`${OK}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
      message: /not HTTP \(HPE_/,
    },
    {
      name: 'another transfer coding',
      steps: [`${OK}Transfer-Encoding: gzip\r\n\r\nhello`, END],
      message: /transfer coding/,
    },
    {
      name: 'a transfer coding below chunks',
      steps: [`${OK}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`],
      message: /transfer coding/,
    },
    {
      name: 'a transfer coding that ends like chunked',
      steps: [`${OK}Transfer-Encoding: xchunked\r\n\r\nhello`, END],
      message: /transfer coding/,
    },
  ])('$name', async ({ steps, message }) => {
    const { observed } = await ask([REQUEST, ...steps]);
    expect(failureOf(observed)).toMatchObject({
      reason: 'malformed',
      message: expect.stringMatching(message),
      partial: null,
    });
  });

  it.each([
    { name: 'a chunk size that is not a number', tail: 'zz\r\n', body: 'hello' },
    { name: 'a chunk size of 17 digits', tail: `${'f'.repeat(17)}\r\n`, body: 'hello' },
    { name: 'a negative chunk size', tail: '-1\r\n', body: 'hello' },
    { name: 'a chunk longer than its size', tail: '2\r\nabc\r\n', body: 'helloab' },
  ])('$name, keeping the body so far', async ({ tail, body }) => {
    const { observed } = await ask([REQUEST, `${CHUNKED}5\r\nhello\r\n${tail}`]);
    expect(failureOf(observed).reason).toBe('malformed');
    expect(partialText(observed)).toBe(body);
  });

  it('with a message that contains nothing the server sent', async () => {
    const { observed } = await ask([REQUEST, '\u001b[31mevil\r\n']);
    expect(failureOf(observed).message).toBe('the response is not HTTP (HPE_INVALID_CONSTANT)');
  });
});

describe('an endless stream', () => {
  it.each<{ name: string; steps: readonly Step[]; reason: string }>([
    { name: 'one status line', steps: ['HTTP/1.1 200 ', flood('x')], reason: 'too-large' },
    { name: 'one field value', steps: [`${OK}A: `, flood('x')], reason: 'too-large' },
    { name: 'fields', steps: [OK, flood('a: b\r\n')], reason: 'too-large' },
    { name: 'one field name', steps: [OK, flood('x')], reason: 'too-large' },
    { name: 'trailers', steps: [`${CHUNKED}0\r\n`, flood('a: b\r\n')], reason: 'too-large' },
    { name: 'one chunk extension', steps: [`${CHUNKED}1;`, flood('x')], reason: 'too-large' },
    {
      name: 'chunks that consist mostly of extensions',
      steps: [CHUNKED, flood(`1;${'x'.repeat(5000)}\r\nx\r\n`)],
      reason: 'too-large',
    },
    {
      name: 'informational responses',
      steps: [flood('HTTP/1.1 103 X\r\n\r\n')],
      reason: 'malformed',
    },
    { name: 'leading zeros of a chunk size', steps: [CHUNKED, flood('0')], reason: 'too-large' },
    { name: 'empty lines', steps: [flood('\r\n')], reason: 'too-large' },
  ])('of $name ends long before the deadline', async ({ steps, reason }) => {
    const { observed } = await ask([REQUEST, ...steps], { deadline: soon(30_000) });
    expect(failureOf(observed)).toMatchObject({ reason, address: '127.0.0.1' });
  });

  it('of header fields below the limit is let through', async () => {
    const { observed } = await ask([REQUEST, `${OK}A: ${'x'.repeat(15_000)}\r\nContent-Length: 0\r\n\r\n`]);
    expect(observed).toMatchObject({ status: 'answered', statusCode: 200 });
  });
});

function flood(text: string): Step {
  return { repeat: text.repeat(Math.ceil(4096 / text.length)), everyMs: 0 };
}
