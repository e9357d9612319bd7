import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeRedirect,
  MAX_REDIRECTS,
  type RedirectProblem,
  type RedirectResponse,
} from '../../../../shared/domain/net/redirect.ts';
import { webUrl } from '../../../../shared/domain/net/web-url.ts';

const START = webUrl({
  scheme: 'http',
  host: { kind: 'name', name: 'shop.example.com' },
  port: 80,
  path: '/.well-known/acme-challenge/token',
});
const NEXT = 'http://www.example.com/page';
const RULES = { allowTestNames: false };

function judge(given: Partial<RedirectResponse>) {
  return judgeRedirect({
    statusCode: 302,
    locations: [NEXT],
    from: START,
    visited: [START.text],
    rules: RULES,
    maxRedirects: 10,
    ...given,
  });
}

/** Texts of `count` requested URLs, including the start. */
function chainOf(count: number): readonly string[] {
  return [START.text, ...Array.from({ length: count - 1 }, (_, index) => `http://www.example.com/${index}`)];
}

describe('judgeRedirect: by status (TLS BR 3.2.2.4.18 [dcv-website] and 3.2.2.4.19 [dcv-acme-http])', () => {
  const statuses = Array.from({ length: 100 }, (_, index) => 300 + index);
  const followed = [301, 302, 307, 308];

  it.each(followed)('follows %i', (statusCode) => {
    expect(judge({ statusCode })).toMatchObject({ kind: 'follow', url: { text: NEXT } });
  });

  it.each(statuses.filter((status) => !followed.includes(status)))('does not follow %i', (statusCode) => {
    expect(judge({ statusCode })).toMatchObject({ kind: 'invalid', problem: 'status-not-allowed' });
    expect(judge({ statusCode, locations: [] })).toMatchObject({ kind: 'invalid' });
  });

  it.each([100, 199, 200, 201, 204, 206, 226, 299, 400, 404, 410, 500, 503, 599, 999])(
    'treats %i as final, even with a Location',
    (statusCode) => {
      expect(judge({ statusCode })).toEqual({ kind: 'final' });
    },
  );
});

describe('judgeRedirect: by Location', () => {
  it.each<{ name: string; given: Partial<RedirectResponse>; url: string }>([
    {
      name: 'a change to https',
      given: { locations: ['https://shop.example.com/a'] },
      url: 'https://shop.example.com/a',
    },
    { name: 'a change from https', given: { from: { ...START, scheme: 'https', port: 443 } }, url: NEXT },
    {
      name: 'a relative path',
      given: { locations: ['other'] },
      url: 'http://shop.example.com/.well-known/acme-challenge/other',
    },
    { name: 'an absolute path', given: { locations: ['/a'] }, url: 'http://shop.example.com/a' },
    {
      name: 'a scheme-relative URL with another host',
      given: { locations: ['//www.example.com'] },
      url: 'http://www.example.com/',
    },
    { name: 'dot segments', given: { locations: ['../../../../a'] }, url: 'http://shop.example.com/a' },
    {
      name: 'a scheme on the other scheme’s port',
      given: { locations: ['http://www.example.com:443/'] },
      url: 'http://www.example.com:443/',
    },
    { name: 'an address', given: { locations: ['http://[2a00::1]/'] }, url: 'http://[2a00::1]/' },
    { name: 'a repeated equal Location', given: { locations: [NEXT, NEXT] }, url: NEXT },
    { name: 'the tenth redirect of ten', given: { visited: chainOf(10) }, url: NEXT },
    { name: 'the twentieth of twenty', given: { visited: chainOf(20), maxRedirects: 20 }, url: NEXT },
    {
      name: 'the same path with another query',
      given: { locations: ['?again'] },
      url: `${START.text}?again`,
    },
  ])('follows $name', ({ given, url }) => {
    expect(judge(given)).toMatchObject({ kind: 'follow', url: { text: url } });
  });

  it.each<{ name: string; given: Partial<RedirectResponse>; problem: RedirectProblem }>([
    { name: 'no Location', given: { locations: [] }, problem: 'location-missing' },
    { name: 'an empty Location', given: { locations: [''] }, problem: 'empty' },
    {
      name: 'two different Locations',
      given: { locations: [NEXT, `${NEXT}2`] },
      problem: 'location-ambiguous',
    },
    {
      name: 'two spellings of one URL',
      given: { locations: [NEXT, `${NEXT}#a`] },
      problem: 'location-ambiguous',
    },
    { name: 'a huge Location', given: { locations: [`/${'a'.repeat(2000)}`] }, problem: 'too-long' },
    { name: 'a Location of a megabyte', given: { locations: ['a'.repeat(1 << 20)] }, problem: 'too-long' },
    {
      name: 'another scheme',
      given: { locations: ['ftp://www.example.com/'] },
      problem: 'scheme-not-allowed',
    },
    {
      name: 'another port',
      given: { locations: ['http://www.example.com:8080/'] },
      problem: 'port-not-allowed',
    },
    {
      name: 'the SMTP port',
      given: { locations: ['http://www.example.com:25/'] },
      problem: 'port-not-allowed',
    },
    { name: 'user information', given: { locations: ['http://a@www.example.com/'] }, problem: 'credentials' },
    { name: 'a number for a host', given: { locations: ['http://2130706433/'] }, problem: 'not-a-host' },
    {
      name: 'a name below internal',
      given: { locations: ['http://db.internal/'] },
      problem: 'special-use-name',
    },
    {
      name: 'a test name in production',
      given: { locations: ['http://shop.test/'] },
      problem: 'special-use-name',
    },
    { name: 'an unreadable Location', given: { locations: ['http:///a'] }, problem: 'malformed' },
    { name: 'a redirect to itself', given: { locations: [START.text] }, problem: 'loop' },
    {
      name: 'a redirect to itself with an empty list of visited URLs',
      given: { locations: [START.text], visited: [] },
      problem: 'loop',
    },
    {
      name: 'a redirect to itself in another spelling',
      given: { locations: ['HTTP://SHOP.example.com.:80/x/../.well-known/acme-challenge/token#1'] },
      problem: 'loop',
    },
    { name: 'a redirect to itself with a fragment', given: { locations: ['#'] }, problem: 'loop' },
    { name: 'an earlier URL', given: { visited: [NEXT, START.text] }, problem: 'loop' },
    { name: 'the eleventh redirect of ten', given: { visited: chainOf(11) }, problem: 'too-many-redirects' },
    {
      name: 'the 21st redirect of twenty',
      given: { visited: chainOf(21), maxRedirects: 20 },
      problem: 'too-many-redirects',
    },
    { name: 'the 50th redirect of ten', given: { visited: chainOf(50) }, problem: 'too-many-redirects' },
  ])('does not follow $name', ({ given, problem }) => {
    expect(judge(given)).toMatchObject({ kind: 'invalid', problem });
  });

  it.each<{ name: string; given: Partial<RedirectResponse>; message: string }>([
    {
      name: 'a status that must not be followed',
      given: { statusCode: 303 },
      message: 'HTTP status 303 must not be followed; redirect with 301, 302, 307 or 308',
    },
    { name: 'no Location', given: { locations: [] }, message: 'HTTP status 302 without a Location' },
    {
      name: 'two Locations',
      given: { locations: [NEXT, `${NEXT}2`] },
      message: 'HTTP status 302 with more than one Location; send one',
    },
    {
      name: 'an empty Location',
      given: { locations: [''] },
      message: 'HTTP status 302: the URL is empty; send one',
    },
    {
      name: 'a loop',
      given: { visited: [NEXT, START.text] },
      message: `"${NEXT}" was asked for before; the redirects run in a circle`,
    },
    {
      name: 'a chain that is too long',
      given: { visited: chainOf(11) },
      message: 'more than 10 redirects; shorten the chain',
    },
  ])('states the problem of $name', ({ given, message }) => {
    expect(judge(given)).toMatchObject({ kind: 'invalid', message });
  });

  it('follows a redirect to a test name if test names are allowed', () => {
    const verdict = judge({ locations: ['http://shop.test/'], rules: { allowTestNames: true } });
    expect(verdict).toMatchObject({ kind: 'follow' });
  });

  it('allows ten redirects, twenty under open-mpic', () => {
    expect(MAX_REDIRECTS).toEqual({ 'baseline-requirements': 10, 'open-mpic': 20 });
  });

  it('never throws, and follows only to ports 80 and 443', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 999 }),
        fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), { maxLength: 2 }),
        (statusCode, locations) => {
          const verdict = judge({ statusCode, locations });
          if (verdict.kind === 'follow') expect([80, 443]).toContain(verdict.url.port);
          if (verdict.kind === 'invalid') expect(verdict.message).not.toMatch(/\p{Cc}/u);
          expect(verdict.kind === 'final').toBe(statusCode < 300 || statusCode > 399);
        },
      ),
    );
  });
});
