import { describe, expect, it } from 'vitest';
import type { HttpDcvParameters, Target } from '../../../../../shared/domain/check/check.ts';
import { type HttpPlan, planHttpCheck } from '../../../../../shared/domain/dcv/http/plan.ts';

type WebsiteChange = Extract<HttpDcvParameters, { method: 'website-change' }>;
type AcmeHttp = Extract<HttpDcvParameters, { method: 'acme-http-01' }>;

const SHOP: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const WILDCARD: Target = { kind: 'domain', name: 'shop.example.com', wildcard: true };
const IPV4: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };
const IPV6: Target = { kind: 'ip', address: '2a00::1', family: 6 };
const REVERSE: Target = {
  kind: 'reverse-name',
  name: '1.0.0.11.in-addr.arpa',
  address: '11.0.0.1',
  family: 4,
};

const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
const THUMBPRINT = '9jg46WB3rR_AHD-EBXdN7cBkH1WOu0tA3M9fm21mqTI';
const TOKEN = 'evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA';

const change = (given: Partial<WebsiteChange> = {}): WebsiteChange => ({
  method: 'website-change',
  challengeValue: VALUE,
  httpTokenPath: 'token.txt',
  urlScheme: 'http',
  httpHeaders: null,
  matchRegex: null,
  requireExactCase: true,
  ...given,
});
const acme = (given: Partial<AcmeHttp> = {}): AcmeHttp => ({
  method: 'acme-http-01',
  token: TOKEN,
  keyAuthorization: `${TOKEN}.${THUMBPRINT}`,
  httpHeaders: null,
  ...given,
});

function planned(plan: HttpPlan) {
  if (plan.status !== 'planned') throw new Error(plan.error.message);
  return plan;
}

interface Planned {
  readonly name: string;
  readonly target?: Target;
  readonly parameters: HttpDcvParameters;
  readonly url: string;
}

describe('planHttpCheck: URL (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http])', () => {
  it.each<Planned>([
    {
      name: 'website-change over http',
      parameters: change(),
      url: 'http://shop.example.com/.well-known/pki-validation/token.txt',
    },
    {
      name: 'website-change over https on port 443',
      parameters: change({ urlScheme: 'https' }),
      url: 'https://shop.example.com/.well-known/pki-validation/token.txt',
    },
    {
      name: 'a path of several segments, unchanged',
      parameters: change({ httpTokenPath: 'a/b%20c;d=1/e' }),
      url: 'http://shop.example.com/.well-known/pki-validation/a/b%20c;d=1/e',
    },
    {
      name: 'acme-http-01 always over http on port 80 (RFC 8555 section 8.3)',
      parameters: acme(),
      url: `http://shop.example.com/.well-known/acme-challenge/${TOKEN}`,
    },
    {
      name: 'an IPv4 address (TLS BR 3.2.2.5.6 [ip-acme-http])',
      target: IPV4,
      parameters: acme(),
      url: `http://11.0.0.1/.well-known/acme-challenge/${TOKEN}`,
    },
    {
      name: 'an IPv6 address in brackets (TLS BR 3.2.2.5.1 [ip-website])',
      target: IPV6,
      parameters: change(),
      url: 'http://[2a00::1]/.well-known/pki-validation/token.txt',
    },
    {
      name: 'a token of 512 characters',
      parameters: acme({ token: 'a'.repeat(512), keyAuthorization: `${'a'.repeat(512)}.${THUMBPRINT}` }),
      url: `http://shop.example.com/.well-known/acme-challenge/${'a'.repeat(512)}`,
    },
    {
      name: 'a pattern that does not compile, which is checked later',
      parameters: change({ matchRegex: '(' }),
      url: 'http://shop.example.com/.well-known/pki-validation/token.txt',
    },
  ])('plans $name', ({ target = SHOP, parameters, url }) => {
    const plan = planned(planHttpCheck(target, parameters));
    expect(plan.url.text).toBe(url);
    expect(new URL(url).href).toBe(url);
    expect(plan.url.port).toBe(url.startsWith('https') ? 443 : 80);
    expect(plan.deviations).toEqual([]);
    expect(plan.maxBodyBytes).toBe(65_536);
  });

  it.each([
    { path: '/token.txt', asked: '//token.txt' },
    { path: '/', asked: '//' },
  ])('plans two slashes for the path "$path", as the reference does', ({ path, asked }) => {
    const { url } = planned(planHttpCheck(SHOP, change({ httpTokenPath: path })));
    expect(url.text).toBe(`http://shop.example.com/.well-known/pki-validation${asked}`);
  });

  it('includes the caller’s header fields and ours', () => {
    const parameters = acme({ httpHeaders: { 'User-Agent': 'ca/1' } });
    expect(planned(planHttpCheck(SHOP, parameters)).headers).toEqual({
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
      'user-agent': 'ca/1',
    });
  });
});

describe('planHttpCheck: deviations from the Baseline Requirements', () => {
  it.each<{ name: string; target?: Target; parameters: HttpDcvParameters; message: RegExp }>([
    {
      name: 'a wildcard for website-change (section 3.2.2.4.18)',
      target: WILDCARD,
      parameters: change(),
      message: /wildcard/,
    },
    {
      name: 'a wildcard for acme-http-01 (section 3.2.2.4.19)',
      target: WILDCARD,
      parameters: acme(),
      message: /wildcard/,
    },
    {
      name: 'the value in the path',
      parameters: change({ httpTokenPath: `${VALUE}.txt` }),
      message: /in a path/,
    },
    {
      name: 'the value in the path in capitals',
      parameters: change({ httpTokenPath: VALUE.toUpperCase() }),
      message: /in a path/,
    },
    {
      name: 'the value in the path, encoded',
      parameters: change({ httpTokenPath: VALUE.replace('-', '%2D') }),
      message: /in a path/,
    },
    {
      name: 'the value in a header',
      parameters: change({ httpHeaders: { From: `${VALUE}@ca.example` } }),
      message: /in a header/,
    },
    {
      name: 'the value in a header that the service sets',
      parameters: change({ challengeValue: 'mpic/1' }),
      message: /in a header/,
    },
    {
      name: 'the value in the host name',
      parameters: change({ challengeValue: 'shop.example.com' }),
      message: /in a header/,
    },
    {
      name: 'the value in the host address',
      target: IPV6,
      parameters: change({ challengeValue: '2a00::1' }),
      message: /in a header/,
    },
    {
      name: 'the value in the directory',
      parameters: change({ challengeValue: 'pki-validation' }),
      message: /in a path/,
    },
    {
      name: 'a leading slash, which the reference accepts',
      parameters: change({ httpTokenPath: '/token.txt' }),
      message: /begins with a slash/,
    },
    { name: 'a slash alone', parameters: change({ httpTokenPath: '/' }), message: /begins with a slash/ },
    {
      name: 'a header that is not allowed, for website-change',
      parameters: change({ httpHeaders: { 'X-Original-URL': '/' } }),
      message: /website-change: the header "X-Original-URL" could make a server answer/,
    },
    {
      name: 'a header that is not allowed, for acme-http-01',
      parameters: acme({ httpHeaders: { Cookie: 'a=b' } }),
      message: /acme-http-01: the header "Cookie" could/,
    },
    {
      name: 'a pattern without a value, which may not require a Random Value',
      parameters: change({ challengeValue: '', matchRegex: '^rv-[0-9]{20}$' }),
      message: /without a challenge value/,
    },
    {
      name: 'a key authorization without a thumbprint',
      parameters: acme({ keyAuthorization: TOKEN }),
      message: /RFC 8555 section 8\.1/,
    },
    {
      name: 'a key authorization of another token',
      parameters: acme({ keyAuthorization: `x${TOKEN}.${THUMBPRINT}` }),
      message: /RFC 8555/,
    },
    {
      name: 'a key authorization with an empty thumbprint, which any body with the token contains',
      parameters: acme({ keyAuthorization: `${TOKEN}.` }),
      message: /RFC 8555/,
    },
    {
      name: 'a thumbprint with padding',
      parameters: acme({ keyAuthorization: `${TOKEN}.${THUMBPRINT}=` }),
      message: /RFC 8555/,
    },
    {
      name: 'a key authorization with a line end',
      parameters: acme({ keyAuthorization: `${TOKEN}.${THUMBPRINT}\n` }),
      message: /RFC 8555/,
    },
  ])('reports $name', ({ target = SHOP, parameters, message }) => {
    const { deviations, url } = planned(planHttpCheck(target, parameters));
    // Values that are part of every request are also short or have spaces; other rows cover that.
    expect(
      deviations.filter((deviation) => !/Random Value \(TLS BR 1\.6\.1/.test(deviation.message)),
    ).toEqual([{ type: 'mpic_error:dcv_checker:parameter', message: expect.stringMatching(message) }]);
    expect(deviations[0]?.message).not.toMatch(/\.$/);
    expect(url.text).not.toContain('*');
  });

  it('never includes the challenge value in the message', () => {
    const { deviations } = planned(planHttpCheck(SHOP, change({ httpTokenPath: VALUE })));
    expect(JSON.stringify(deviations)).not.toContain(VALUE);
  });

  it('reports each of several deviations', () => {
    expect(planned(planHttpCheck(WILDCARD, change({ httpTokenPath: VALUE }))).deviations).toHaveLength(2);
  });

  it('allows the token of acme-http-01 in its URL', () => {
    expect(
      planned(planHttpCheck(SHOP, acme({ keyAuthorization: `${TOKEN}.${THUMBPRINT}` }))).deviations,
    ).toEqual([]);
  });
});

describe('planHttpCheck: invalid parameters', () => {
  it.each<{ name: string; target?: Target; parameters: HttpDcvParameters; message: RegExp }>([
    {
      name: 'a reverse name for website-change',
      target: REVERSE,
      parameters: change(),
      message: /reverse zone/,
    },
    { name: 'a reverse name for acme-http-01', target: REVERSE, parameters: acme(), message: /reverse zone/ },
    { name: 'dot segments', parameters: change({ httpTokenPath: '../x' }), message: /dots/ },
    { name: 'encoded dot segments', parameters: change({ httpTokenPath: '%2e%2e/x' }), message: /dots/ },
    { name: 'an empty path', parameters: change({ httpTokenPath: '' }), message: /path .* empty/ },
    {
      name: 'two leading slashes',
      parameters: change({ httpTokenPath: '//x' }),
      message: /begins with a slash/,
    },
    {
      name: 'dot segments after a leading slash',
      parameters: change({ httpTokenPath: '/../x' }),
      message: /dots/,
    },
    { name: 'a query', parameters: change({ httpTokenPath: 'a?b' }), message: /query/ },
    {
      name: 'a framing header for website-change',
      parameters: change({ httpHeaders: { Host: 'a' } }),
      message: /"Host"/,
    },
    {
      name: 'a framing header for acme-http-01',
      parameters: acme({ httpHeaders: { connection: 'keep-alive' } }),
      message: /"connection"/,
    },
    {
      name: 'an injected header line',
      parameters: acme({ httpHeaders: { From: 'a\r\nb: c' } }),
      message: /control/,
    },
    {
      name: 'a request without value and pattern',
      parameters: change({ challengeValue: '' }),
      message: /both empty/,
    },
    {
      name: 'an empty value and an empty pattern',
      parameters: change({ challengeValue: '', matchRegex: '' }),
      message: /both empty/,
    },
    {
      name: 'a value with a lone surrogate',
      parameters: change({ challengeValue: '\ud800' }),
      message: /no valid text/,
    },
    {
      name: 'a value with U+FFFD, which decoded garbage contains',
      parameters: change({ challengeValue: '\u{fffd}' }),
      message: /no valid text/,
    },
    { name: 'an empty token', parameters: acme({ token: '' }), message: /base64url/ },
    { name: 'a token with dot segments', parameters: acme({ token: '../x' }), message: /base64url/ },
    { name: 'a token with padding', parameters: acme({ token: 'abc=' }), message: /base64url/ },
    { name: 'a token of standard base64', parameters: acme({ token: 'a+b/c' }), message: /base64url/ },
    { name: 'a token with an escape', parameters: acme({ token: 'a%62' }), message: /base64url/ },
    { name: 'a token with a line end', parameters: acme({ token: 'a\n' }), message: /base64url/ },
    { name: 'a token of 513 characters', parameters: acme({ token: 'a'.repeat(513) }), message: /longer/ },
    {
      name: 'an empty key authorization',
      parameters: acme({ keyAuthorization: '' }),
      message: /key authorization/,
    },
    {
      name: 'a key authorization with a lone surrogate',
      parameters: acme({ keyAuthorization: '\udc00' }),
      message: /no valid text/,
    },
  ])('refuses $name', ({ target = SHOP, parameters, message }) => {
    const plan = planHttpCheck(target, parameters);
    expect(plan).toEqual({
      status: 'refused',
      error: { type: 'mpic_error:dcv_checker:parameter', message: expect.stringMatching(message) },
    });
    expect(plan.status === 'refused' && plan.error.message).not.toMatch(/\p{Cc}|\.$/u);
  });
});
