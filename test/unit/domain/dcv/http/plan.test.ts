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

describe('planHttpCheck: where to ask (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http])', () => {
  it.each<Planned>([
    {
      name: 'website-change over http',
      parameters: change(),
      url: 'http://shop.example.com/.well-known/pki-validation/token.txt',
    },
    {
      name: 'website-change over https, at 443',
      parameters: change({ urlScheme: 'https' }),
      url: 'https://shop.example.com/.well-known/pki-validation/token.txt',
    },
    {
      name: 'a path of several segments, unchanged',
      parameters: change({ httpTokenPath: 'a/b%20c;d=1/e' }),
      url: 'http://shop.example.com/.well-known/pki-validation/a/b%20c;d=1/e',
    },
    {
      name: 'acme-http-01, always by http at 80 (RFC 8555 section 8.3)',
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
      name: 'a pattern that will not compile, which others find out',
      parameters: change({ matchRegex: '(' }),
      url: 'http://shop.example.com/.well-known/pki-validation/token.txt',
    },
  ])('$name', ({ target = SHOP, parameters, url }) => {
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
  ])('asks with two slashes for the path "$path", as the reference does', ({ path, asked }) => {
    const { url } = planned(planHttpCheck(SHOP, change({ httpTokenPath: path })));
    expect(url.text).toBe(`http://shop.example.com/.well-known/pki-validation${asked}`);
  });

  it('asks with the caller’s header fields and ours', () => {
    const parameters = acme({ httpHeaders: { 'User-Agent': 'ca/1' } });
    expect(planned(planHttpCheck(SHOP, parameters)).headers).toEqual({
      accept: '*/*',
      'accept-encoding': 'identity',
      connection: 'close',
      'user-agent': 'ca/1',
    });
  });
});

describe('planHttpCheck: what departs from the Baseline Requirements', () => {
  it.each<{ name: string; target?: Target; parameters: HttpDcvParameters; message: RegExp }>([
    {
      name: 'a wildcard by website-change (section 3.2.2.4.18)',
      target: WILDCARD,
      parameters: change(),
      message: /wildcard/,
    },
    {
      name: 'a wildcard by acme-http-01 (section 3.2.2.4.19)',
      target: WILDCARD,
      parameters: acme(),
      message: /wildcard/,
    },
    {
      name: 'the value in its path',
      parameters: change({ httpTokenPath: `${VALUE}.txt` }),
      message: /in a path/,
    },
    {
      name: 'the value in its path in capitals',
      parameters: change({ httpTokenPath: VALUE.toUpperCase() }),
      message: /in a path/,
    },
    {
      name: 'the value in its path, encoded',
      parameters: change({ httpTokenPath: VALUE.replace('-', '%2D') }),
      message: /in a path/,
    },
    {
      name: 'the value in a header',
      parameters: change({ httpHeaders: { From: `${VALUE}@ca.example` } }),
      message: /in a header/,
    },
    {
      name: 'the value in a header of ours',
      parameters: change({ challengeValue: 'mpic/1' }),
      message: /in a header/,
    },
    {
      name: 'the value in the name that is asked',
      parameters: change({ challengeValue: 'shop.example.com' }),
      message: /in a header/,
    },
    {
      name: 'the value in the address that is asked',
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
      name: 'a leading slash, as the reference takes it',
      parameters: change({ httpTokenPath: '/token.txt' }),
      message: /begins with a slash/,
    },
    { name: 'a slash alone', parameters: change({ httpTokenPath: '/' }), message: /begins with a slash/ },
    {
      name: 'a header that is not framing, by website-change',
      parameters: change({ httpHeaders: { 'X-Original-URL': '/' } }),
      message: /website-change: the header "X-Original-URL" could make a server answer/,
    },
    {
      name: 'a header that is not framing, by acme-http-01',
      parameters: acme({ httpHeaders: { Cookie: 'a=b' } }),
      message: /acme-http-01: the header "Cookie" could/,
    },
    {
      name: 'a pattern alone, which may or may not ask for a Random Value',
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
      name: 'a key authorization whose thumbprint is empty, which any page with the token would hold',
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
  ])('$name', ({ target = SHOP, parameters, message }) => {
    const { deviations, url } = planned(planHttpCheck(target, parameters));
    // What is part of every request is short or has blanks besides, which has rows of its own.
    expect(
      deviations.filter((deviation) => !/Random Value \(TLS BR 1\.6\.1/.test(deviation.message)),
    ).toEqual([{ type: 'mpic_error:dcv_checker:parameter', message: expect.stringMatching(message) }]);
    expect(deviations[0]?.message).not.toMatch(/\.$/);
    expect(url.text).not.toContain('*');
  });

  it('the value of a check never shows in the message', () => {
    const { deviations } = planned(planHttpCheck(SHOP, change({ httpTokenPath: VALUE })));
    expect(JSON.stringify(deviations)).not.toContain(VALUE);
  });

  it('several things at once, each told', () => {
    expect(planned(planHttpCheck(WILDCARD, change({ httpTokenPath: VALUE }))).deviations).toHaveLength(2);
  });

  it('the token of acme-http-01 is in its URL by design', () => {
    expect(
      planned(planHttpCheck(SHOP, acme({ keyAuthorization: `${TOKEN}.${THUMBPRINT}` }))).deviations,
    ).toEqual([]);
  });
});

describe('planHttpCheck: what makes no check', () => {
  it.each<{ name: string; target?: Target; parameters: HttpDcvParameters; message: RegExp }>([
    {
      name: 'a reverse name by website-change',
      target: REVERSE,
      parameters: change(),
      message: /reverse zone/,
    },
    { name: 'a reverse name by acme-http-01', target: REVERSE, parameters: acme(), message: /reverse zone/ },
    { name: 'a way out of the directory', parameters: change({ httpTokenPath: '../x' }), message: /dots/ },
    { name: 'an encoded way out', parameters: change({ httpTokenPath: '%2e%2e/x' }), message: /dots/ },
    { name: 'no path', parameters: change({ httpTokenPath: '' }), message: /path .* empty/ },
    {
      name: 'two leading slashes',
      parameters: change({ httpTokenPath: '//x' }),
      message: /begins with a slash/,
    },
    { name: 'a way out behind a slash', parameters: change({ httpTokenPath: '/../x' }), message: /dots/ },
    { name: 'a query', parameters: change({ httpTokenPath: 'a?b' }), message: /query/ },
    {
      name: 'a header of the connection',
      parameters: change({ httpHeaders: { Host: 'a' } }),
      message: /"Host"/,
    },
    {
      name: 'a header of the connection, by acme-http-01',
      parameters: acme({ httpHeaders: { connection: 'keep-alive' } }),
      message: /"connection"/,
    },
    {
      name: 'a second header line',
      parameters: acme({ httpHeaders: { From: 'a\r\nb: c' } }),
      message: /control/,
    },
    { name: 'neither value nor pattern', parameters: change({ challengeValue: '' }), message: /both empty/ },
    {
      name: 'value and pattern empty',
      parameters: change({ challengeValue: '', matchRegex: '' }),
      message: /both empty/,
    },
    {
      name: 'a value that is no text',
      parameters: change({ challengeValue: '\ud800' }),
      message: /no valid text/,
    },
    {
      name: 'a value that garbage would contain',
      parameters: change({ challengeValue: '\u{fffd}' }),
      message: /no valid text/,
    },
    { name: 'no token', parameters: acme({ token: '' }), message: /base64url/ },
    { name: 'a token that climbs', parameters: acme({ token: '../x' }), message: /base64url/ },
    { name: 'a token with padding', parameters: acme({ token: 'abc=' }), message: /base64url/ },
    { name: 'a token of standard base64', parameters: acme({ token: 'a+b/c' }), message: /base64url/ },
    { name: 'a token with an escape', parameters: acme({ token: 'a%62' }), message: /base64url/ },
    { name: 'a token with a line end', parameters: acme({ token: 'a\n' }), message: /base64url/ },
    { name: 'a token of 513 characters', parameters: acme({ token: 'a'.repeat(513) }), message: /longer/ },
    {
      name: 'no key authorization',
      parameters: acme({ keyAuthorization: '' }),
      message: /key authorization/,
    },
    {
      name: 'a key authorization that is no text',
      parameters: acme({ keyAuthorization: '\udc00' }),
      message: /no valid text/,
    },
  ])('$name', ({ target = SHOP, parameters, message }) => {
    const plan = planHttpCheck(target, parameters);
    expect(plan).toEqual({
      status: 'refused',
      error: { type: 'mpic_error:dcv_checker:parameter', message: expect.stringMatching(message) },
    });
    expect(plan.status === 'refused' && plan.error.message).not.toMatch(/\p{Cc}|\.$/u);
  });
});
