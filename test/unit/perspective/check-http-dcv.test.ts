import { describe, expect, it } from 'vitest';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { HOP_TIMEOUT_MS } from '../../../services/perspective/follow-redirects.ts';
import type { HttpDcvParameters, Policy, Target } from '../../../shared/domain/check/check.ts';
import type { CheckOutcome, HttpDcvDetails } from '../../../shared/domain/check/check-result.ts';
import { createFakeResolver, type Script } from '../../support/fake-resolver.ts';
import { createFakeWeb, type Pages, redirect } from '../../support/fake-web.ts';
import { dnsOnly } from '../../support/network-view.ts';

const SHOP: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const THUMBPRINT = '9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';
const KEY_AUTHORIZATION = `${TOKEN}.${THUMBPRINT}`;
const ACME: HttpDcvParameters = {
  method: 'acme-http-01',
  token: TOKEN,
  keyAuthorization: KEY_AUTHORIZATION,
  httpHeaders: null,
};
const RANDOM_VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const CHANGE: Extract<HttpDcvParameters, { method: 'website-change' }> = {
  method: 'website-change',
  challengeValue: RANDOM_VALUE,
  httpTokenPath: 'token.txt',
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
};
const ACME_URL = `http://shop.example.com/.well-known/acme-challenge/${TOKEN}`;
const CHANGE_URL = 'http://shop.example.com/.well-known/pki-validation/token.txt';

const address = (value: string): Script[string] => [{ type: 'A', value }];
const ZONE: Script = {
  'A shop.example.com': address('11.0.0.1'),
  'A www.example.com': address('11.0.0.2'),
  'AAAA shop.example.com': { records: [] },
  'AAAA www.example.com': { records: [] },
};
const START = 1_000;
const CHECK_MS = 10_000;

interface Given {
  readonly parameters?: HttpDcvParameters;
  readonly target?: Target;
  readonly pages?: Pages;
  readonly zone?: Script;
  readonly policy?: Policy;
  readonly checkMs?: number;
}

function run({
  parameters = ACME,
  target = SHOP,
  pages = {},
  zone = ZONE,
  policy = 'baseline-requirements',
  checkMs = CHECK_MS,
}: Given) {
  const resolver = createFakeResolver(zone);
  const web = createFakeWeb(pages);
  const outcome = checkDcv({
    target,
    parameters,
    policy,
    view: dnsOnly(resolver, { http: web, allowTestNames: false }),
    deadline: START + checkMs,
    monotonic: () => START,
    now: Date.UTC(2026, 10, 21),
  });
  return { outcome, resolver, web };
}

function detailsOf({ details }: CheckOutcome): HttpDcvDetails {
  if (details.kind !== 'http') throw new Error(`details of kind ${details.kind}`);
  return details;
}

type Verdict = 'corroborates' | 'passes' | 'fails' | 'not completed';

function verdictOf({ completed, passed, corroborates }: CheckOutcome): Verdict {
  if (corroborates) return passed && completed ? 'corroborates' : 'not completed';
  if (passed) return 'passes';
  return completed ? 'fails' : 'not completed';
}

describe('checkHttpDcv: the final response', () => {
  it.each<{ name: string; given: Given; expected: Verdict; openMpic?: Verdict }>([
    {
      name: 'acme-http-01 with the key authorization corroborates',
      given: { pages: { [ACME_URL]: KEY_AUTHORIZATION } },
      expected: 'corroborates',
    },
    {
      name: 'white space after the key authorization is ignored (RFC 8555 section 8.3)',
      given: { pages: { [ACME_URL]: `${KEY_AUTHORIZATION} \r\n` } },
      expected: 'corroborates',
    },
    {
      name: 'white space before the key authorization fails, as only the reference ignores it',
      given: { pages: { [ACME_URL]: ` ${KEY_AUTHORIZATION}` } },
      expected: 'fails',
      openMpic: 'passes',
    },
    {
      name: 'text after the key authorization fails',
      given: { pages: { [ACME_URL]: `${KEY_AUTHORIZATION}x` } },
      expected: 'fails',
    },
    {
      name: 'different case fails',
      given: { pages: { [ACME_URL]: KEY_AUTHORIZATION.toUpperCase() } },
      expected: 'fails',
    },
    {
      name: 'an empty body fails',
      given: { pages: { [ACME_URL]: { body: new Uint8Array() } } },
      expected: 'fails',
    },
    {
      name: 'a body longer than the limit fails, even if it begins with the value',
      given: { pages: { [ACME_URL]: { body: Buffer.from(KEY_AUTHORIZATION), bodyCut: true } } },
      expected: 'fails',
    },
    {
      name: 'any 2xx status is accepted (TLS BR 3.2.2.4.19 [dcv-acme-http])',
      given: { pages: { [ACME_URL]: { statusCode: 206, body: Buffer.from(KEY_AUTHORIZATION) } } },
      expected: 'corroborates',
    },
    {
      name: 'the right body with status 404 fails',
      given: { pages: { [ACME_URL]: { statusCode: 404, body: Buffer.from(KEY_AUTHORIZATION) } } },
      expected: 'fails',
    },
    {
      name: 'the right body with status 500 fails',
      given: { pages: { [ACME_URL]: { statusCode: 500, body: Buffer.from(KEY_AUTHORIZATION) } } },
      expected: 'fails',
    },
    {
      name: 'website-change with the value inside the body corroborates',
      given: { parameters: CHANGE, pages: { [CHANGE_URL]: `<p>${RANDOM_VALUE}</p>` } },
      expected: 'corroborates',
    },
    {
      name: 'website-change with another value fails',
      given: { parameters: CHANGE, pages: { [CHANGE_URL]: 'rv-00000000000000000000' } },
      expected: 'fails',
    },
    {
      name: 'website-change in different case fails when an exact case is required',
      given: { parameters: CHANGE, pages: { [CHANGE_URL]: RANDOM_VALUE.toUpperCase() } },
      expected: 'fails',
    },
    {
      name: 'website-change in different case corroborates when the CA does not require an exact case',
      given: {
        parameters: { ...CHANGE, requireExactCase: false },
        pages: { [CHANGE_URL]: RANDOM_VALUE.toUpperCase() },
      },
      expected: 'corroborates',
    },
    {
      name: 'the value without a match of the pattern fails',
      given: {
        parameters: { ...CHANGE, matchRegex: '^ca\\.example$' },
        pages: { [CHANGE_URL]: RANDOM_VALUE },
      },
      expected: 'fails',
    },
    {
      name: 'a pattern without a value is rejected under the Baseline Requirements',
      given: {
        parameters: { ...CHANGE, challengeValue: '', matchRegex: '^rv-[0-9a-f]+$' },
        pages: { [CHANGE_URL]: RANDOM_VALUE },
      },
      expected: 'not completed',
      openMpic: 'passes',
    },
    {
      name: 'value and pattern corroborate',
      given: {
        parameters: { ...CHANGE, matchRegex: '^rv-[0-9a-f]+$' },
        pages: { [CHANGE_URL]: `${RANDOM_VALUE}\n` },
      },
      expected: 'corroborates',
    },
  ])('$name', async ({ given, expected, openMpic = expected }) => {
    expect(verdictOf(await run(given).outcome)).toBe(expected);
    expect(verdictOf(await run({ ...given, policy: 'open-mpic' }).outcome)).toBe(openMpic);
  });

  it('keeps status and first bytes of a response that fails', async () => {
    const outcome = await run({ pages: { [ACME_URL]: { statusCode: 403, body: Buffer.from('go away') } } })
      .outcome;
    expect(outcome.errors).toMatchObject([
      { type: 'mpic_error:http', message: expect.stringContaining('403') },
    ]);
    const details = detailsOf(outcome);
    expect(Buffer.from(details.page ?? '', 'base64').toString()).toBe('go away');
    expect(details.hops).toEqual([
      { url: ACME_URL, address: '11.0.0.1', statusCode: 403, location: null, tls: null },
    ]);
  });

  it('connects to an address directly, without a DNS query (RFC 8738 section 4)', async () => {
    const url = `http://[2a00::1]/.well-known/acme-challenge/${TOKEN}`;
    const target: Target = { kind: 'ip', address: '2a00::1', family: 6 };
    const { outcome, resolver, web } = run({ target, pages: { [url]: KEY_AUTHORIZATION } });
    expect(verdictOf(await outcome)).toBe('corroborates');
    expect(resolver.asked).toEqual([]);
    expect(web.asked).toMatchObject([{ host: '2a00::1', addresses: ['2a00::1'], port: 80 }]);
    expect(detailsOf(await outcome).dns).toBeNull();
  });
});

describe('checkHttpDcv: a server that cannot be reached', () => {
  it.each<{ name: string; given: Given; type: string; message: RegExp }>([
    {
      name: 'a name that does not exist',
      given: { zone: {} },
      type: 'mpic_error:dcv_checker:lookup',
      message: /NXDOMAIN/,
    },
    {
      name: 'bogus addresses',
      given: { zone: { ...ZONE, 'A shop.example.com': 'bogus' } },
      type: 'mpic_error:dcv_checker:lookup',
      message: /bogus/,
    },
    {
      name: 'an address that no check may connect to',
      given: { pages: { [ACME_URL]: 'address-refused' } },
      type: 'mpic_error:dcv_checker:address_refused',
      message: /shop\.example\.com/,
    },
    {
      name: 'a refused connection',
      given: { pages: { [ACME_URL]: 'unreachable' } },
      type: 'mpic_error:dcv_checker:lookup',
      message: /ClientConnectorError/,
    },
    {
      name: 'a time-out',
      given: { pages: { [ACME_URL]: 'timeout' } },
      type: 'mpic_error:dcv_checker:lookup',
      message: /TimeoutError/,
    },
    {
      name: 'a connection closed before the response',
      given: { pages: { [ACME_URL]: 'closed' } },
      type: 'mpic_error:dcv_checker:lookup',
      message: /ServerDisconnectedError/,
    },
    {
      name: 'a response that is not HTTP',
      given: { pages: { [ACME_URL]: 'malformed' } },
      type: 'mpic_error:dcv_checker:lookup',
      message: /MalformedResponseError/,
    },
  ])('is not completed after $name', async ({ given, type, message }) => {
    const outcome = await run(given).outcome;
    expect(verdictOf(outcome)).toBe('not completed');
    expect(outcome.errors).toMatchObject([{ type, message: expect.stringMatching(message) }]);
    expect(verdictOf(await run({ ...given, policy: 'open-mpic' }).outcome)).toBe('not completed');
  });
});

describe('checkHttpDcv: redirects', () => {
  const FINAL = 'http://www.example.com/page';

  it.each([301, 302, 307, 308])('follows %i to another host, which is resolved anew', async (status) => {
    const { outcome, resolver, web } = run({
      pages: { [ACME_URL]: redirect(FINAL, status), [FINAL]: KEY_AUTHORIZATION },
    });
    expect(verdictOf(await outcome)).toBe('corroborates');
    expect(resolver.asked).toContain('A www.example.com');
    expect(web.asked.map(({ addresses }) => addresses)).toEqual([['11.0.0.1'], ['11.0.0.2']]);
    expect(detailsOf(await outcome).hops).toMatchObject([
      { url: ACME_URL, statusCode: status, location: FINAL },
      { url: FINAL, statusCode: 200, location: null },
    ]);
  });

  it.each([300, 303, 304, 305, 306, 399])('does not follow %i', async (status) => {
    const { outcome, web } = run({
      pages: { [ACME_URL]: redirect(FINAL, status), [FINAL]: KEY_AUTHORIZATION },
    });
    expect(verdictOf(await outcome)).toBe('fails');
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:redirect:invalid' }]);
    expect(web.asked).toHaveLength(1);
  });

  it.each([
    { name: 'another port', location: 'http://www.example.com:8080/' },
    { name: 'port 25, although the BR would allow it', location: 'http://www.example.com:25/' },
    { name: 'another scheme', location: 'ftp://www.example.com/' },
    { name: 'a file URL', location: 'file:///etc/passwd' },
    { name: 'a number as host', location: 'http://2130706433/' },
    { name: 'an internal name', location: 'http://metadata.internal/' },
    { name: 'localhost', location: 'http://localhost/' },
    { name: 'a test name, in production', location: 'http://shop.test/' },
    { name: 'a URL with a password', location: 'http://user:secret@www.example.com/' },
  ])('rejects $name before any query or request', async ({ location }) => {
    const { outcome, web, resolver } = run({ pages: { [ACME_URL]: redirect(location) } });
    expect(verdictOf(await outcome)).toBe('fails');
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:redirect:invalid' }]);
    expect(web.asked).toHaveLength(1);
    expect(resolver.asked.every((question) => question.endsWith('shop.example.com'))).toBe(true);
  });

  it('rejects a redirect without a Location', async () => {
    const { outcome } = run({ pages: { [ACME_URL]: { statusCode: 302 } } });
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:redirect:invalid' }]);
  });

  it('follows ten redirects, and twenty under open-mpic', async () => {
    const hop = (number: number) => `http://www.example.com/${number}`;
    const chain = (length: number): Pages => ({
      [ACME_URL]: redirect(hop(1)),
      ...Object.fromEntries(
        Array.from({ length: length - 1 }, (_, index) => [hop(index + 1), redirect(hop(index + 2))]),
      ),
      [hop(length)]: KEY_AUTHORIZATION,
    });
    expect(verdictOf(await run({ pages: chain(10) }).outcome)).toBe('corroborates');
    const { outcome, web } = run({ pages: chain(11) });
    expect(verdictOf(await outcome)).toBe('fails');
    expect(web.asked).toHaveLength(11);
    // No rule limits the number of redirects: ten is our choice.
    const open = (length: number) => run({ pages: chain(length), policy: 'open-mpic' });
    expect(verdictOf(await open(20).outcome)).toBe('corroborates');
    const longer = open(21);
    expect(verdictOf(await longer.outcome)).toBe('fails');
    expect(longer.web.asked).toHaveLength(21);
  });

  it("sends the caller's credentials to the target host only", async () => {
    const here = 'http://shop.example.com/here';
    const { outcome, web } = run({
      policy: 'open-mpic',
      parameters: { ...ACME, httpHeaders: { Cookie: 'a=b', Authorization: 'c', 'X-Custom': 'd' } },
      pages: { [ACME_URL]: redirect(here), [here]: redirect(FINAL), [FINAL]: KEY_AUTHORIZATION },
    });
    expect(verdictOf(await outcome)).toBe('passes');
    expect(
      web.asked.map(({ headers }) => [headers.cookie, headers.authorization, headers['x-custom']]),
    ).toEqual([
      ['a=b', 'c', 'd'],
      ['a=b', 'c', 'd'],
      [undefined, undefined, 'd'],
    ]);
  });

  it('requests a double slash for a token path with a leading slash, under open-mpic and without corroborating', async () => {
    const pages = { [CHANGE_URL.replace(/\/(token\.txt)$/, '//$1')]: RANDOM_VALUE };
    const parameters = { ...CHANGE, httpTokenPath: '/token.txt' };
    expect(verdictOf(await run({ parameters, pages, policy: 'open-mpic' }).outcome)).toBe('passes');
    const strict = run({ parameters, pages });
    expect((await strict.outcome).errors).toMatchObject([{ type: 'mpic_error:dcv_checker:parameter' }]);
    expect(strict.web.asked).toEqual([]);
  });

  it('detects a loop at the first repeated URL', async () => {
    const { outcome, web } = run({ pages: { [ACME_URL]: redirect(FINAL), [FINAL]: redirect(ACME_URL) } });
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:redirect:invalid' }]);
    expect(web.asked).toHaveLength(2);
  });

  it('does not follow a redirect to a URL with the challenge value, which the response might repeat', async () => {
    const echo = `http://www.example.com/search?q=${RANDOM_VALUE}`;
    const pages: Pages = { [CHANGE_URL]: redirect(echo), [echo]: `you asked for ${RANDOM_VALUE}` };
    const strict = run({ parameters: CHANGE, pages });
    expect(verdictOf(await strict.outcome)).toBe('fails');
    expect(strict.web.asked).toHaveLength(1);
    expect(verdictOf(await run({ parameters: CHANGE, pages, policy: 'open-mpic' }).outcome)).toBe('passes');
  });

  it('is not completed when a later host cannot be resolved, and lists the hops until then', async () => {
    const outcome = await run({ pages: { [ACME_URL]: redirect('http://gone.example.com/') } }).outcome;
    expect(verdictOf(outcome)).toBe('not completed');
    expect(detailsOf(outcome).hops).toMatchObject([
      { statusCode: 302 },
      { url: 'http://gone.example.com/', address: null, statusCode: null },
    ]);
  });
});

describe('checkHttpDcv: time-outs and parameters', () => {
  it('limits each hop to five seconds, and to the deadline of the check', async () => {
    const { web } = run({ pages: { [ACME_URL]: KEY_AUTHORIZATION } });
    await Promise.resolve();
    const short = run({ pages: { [ACME_URL]: KEY_AUTHORIZATION }, checkMs: 700 });
    await Promise.all([short.outcome]);
    expect(web.asked[0]?.deadline).toBe(START + HOP_TIMEOUT_MS);
    expect(short.web.asked[0]?.deadline).toBe(START + 700);
  });

  it.each<{ name: string; given: Given; policy: Policy }>([
    {
      name: 'a path that leaves the directory',
      given: { parameters: { ...CHANGE, httpTokenPath: '../x' } },
      policy: 'open-mpic',
    },
    {
      name: 'a header that the caller may not set',
      given: { parameters: { ...CHANGE, httpHeaders: { Host: 'evil.example.com' } } },
      policy: 'open-mpic',
    },
    {
      name: 'a pattern with unsupported syntax',
      given: { parameters: { ...CHANGE, matchRegex: '(?=x)' } },
      policy: 'open-mpic',
    },
    {
      name: 'a challenge value in its own path',
      given: { parameters: { ...CHANGE, httpTokenPath: `${RANDOM_VALUE}.txt` } },
      policy: 'baseline-requirements',
    },
    {
      name: 'a wildcard name (TLS BR 3.2.2.4.18 [dcv-website])',
      given: { parameters: CHANGE, target: { kind: 'domain', name: 'shop.example.com', wildcard: true } },
      policy: 'baseline-requirements',
    },
  ])('sends no query or request for $name', async ({ given, policy }) => {
    const { outcome, web, resolver } = run({ ...given, policy });
    expect(verdictOf(await outcome)).toBe('not completed');
    expect((await outcome).errors).toMatchObject([{ type: 'mpic_error:dcv_checker:parameter' }]);
    expect([...web.asked, ...resolver.asked]).toEqual([]);
  });
});
