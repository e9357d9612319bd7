import type { Check, Target } from '../../shared/domain/check/check.ts';
import type { WebAnswer } from '../lab/web/web-script.ts';
import type { WebServerOptions } from '../lab/web/web-server.ts';

/** The outcome of a check of a hostile server, never a corroboration. `could not look`: the check did not complete. */
export type HostileVerdict = 'fails' | 'could not look';

export interface HostileSite {
  /** Test name: a sentence about the server. */
  readonly name: string;
  readonly answer: WebAnswer;
  readonly verdict: HostileVerdict;
}

const TEN_GIGABYTES = 10 * 1024 ** 3;
const MEGABYTES = 1024 * 1024;
/** The expected challenge value; no site has it in the final response body. */
const CHALLENGE_VALUE = 'rv-7f3c90e1b2d4a6f8091b';

const breaking = (
  at: NonNullable<WebAnswer['stop']>['at'],
  how: NonNullable<WebAnswer['stop']>['how'],
): HostileSite => ({
  name: `breaks off at the ${at} by ${how}`,
  answer: { body: 'half of this', stop: { at, how } },
  verdict: 'could not look',
});

/** Malicious or broken web servers, one response each. */
export const HOSTILE_SITES: readonly HostileSite[] = [
  ...(['request', 'status', 'headers', 'body'] as const).flatMap((at) => [
    breaking(at, 'reset'),
    breaking(at, 'close'),
    breaking(at, 'silence'),
  ]),
  {
    name: 'sends an octet every 20 ms',
    answer: { body: 'x'.repeat(500), dripMs: 20 },
    verdict: 'could not look',
  },
  { name: 'sends an endless body', answer: { endless: 'body' }, verdict: 'fails' },
  {
    name: 'sends endless chunks of one octet',
    answer: { endless: 'chunks' },
    verdict: 'could not look',
  },
  {
    name: 'sends an endless body, one octet every 20 ms',
    answer: { endless: 'body', dripMs: 20 },
    verdict: 'could not look',
  },
  { name: 'sends endless header fields', answer: { endless: 'headers' }, verdict: 'could not look' },
  { name: 'sends endless 103 responses', answer: { endless: 'informational' }, verdict: 'could not look' },
  { name: 'sends 100,000 header fields', answer: { headerCount: 100_000 }, verdict: 'could not look' },
  {
    name: 'announces ten gigabytes and sends a few bytes',
    answer: { body: 'a little', contentLength: TEN_GIGABYTES, stop: { at: 'body', how: 'silence' } },
    verdict: 'could not look',
  },
  {
    name: 'sends a gzip bomb of 64 MiB',
    answer: { contentCoding: 'gzip', bombOctets: 64 * MEGABYTES },
    verdict: 'fails',
  },
  {
    name: 'sends a brotli bomb of 64 MiB',
    answer: { contentCoding: 'br', bombOctets: 64 * MEGABYTES },
    verdict: 'fails',
  },
  {
    name: 'declares gzip and sends something else',
    answer: { body: 'no gzip', headers: [['Content-Encoding', 'gzip']] },
    verdict: 'could not look',
  },
  {
    name: 'sends two content codings',
    answer: { body: 'x', headers: [['Content-Encoding', 'gzip, gzip']] },
    verdict: 'could not look',
  },
  { name: 'sends octets that are not HTTP', answer: { garbageOctets: 4_000 }, verdict: 'could not look' },
  {
    name: 'sends a body without status line and header',
    answer: { http09: true, body: CHALLENGE_VALUE },
    verdict: 'could not look',
  },
  {
    name: 'sends the value only in a trailer and in a chunk extension',
    answer: {
      body: 'x',
      chunked: true,
      chunkExtension: `;${CHALLENGE_VALUE}`,
      trailers: [['Value', CHALLENGE_VALUE]],
    },
    verdict: 'fails',
  },
  {
    name: 'sends the value only in its reason phrase',
    answer: { reason: CHALLENGE_VALUE, body: 'x' },
    verdict: 'fails',
  },
  {
    name: 'switches protocols',
    answer: {
      statusLine: 'HTTP/1.1 101 Switching',
      headers: [
        ['Upgrade', 'x'],
        ['Connection', 'Upgrade'],
      ],
    },
    verdict: 'could not look',
  },
  {
    name: 'has a status that does not exist',
    answer: { statusLine: 'HTTP/1.1 999 What' },
    verdict: 'could not look',
  },
  {
    name: 'sends two different Content-Length fields',
    answer: { body: 'xy', headers: [['Content-Length', '1']] },
    verdict: 'could not look',
  },
  {
    name: 'sends Content-Length and chunks',
    answer: { body: 'xy', chunked: true, headers: [['Content-Length', '2']] },
    verdict: 'could not look',
  },
  { name: 'redirects to itself', answer: { redirectTo: '?' }, verdict: 'fails' },
  {
    name: 'redirects to the cloud metadata service',
    answer: { redirectTo: 'http://169.254.169.254/latest/' },
    verdict: 'could not look',
  },
  {
    name: 'redirects to a private address',
    answer: { redirectTo: 'http://10.0.0.1/' },
    verdict: 'could not look',
  },
  { name: 'redirects to a numeric host', answer: { redirectTo: 'http://2130706433/' }, verdict: 'fails' },
  { name: 'redirects to a file', answer: { redirectTo: 'file:///etc/passwd' }, verdict: 'fails' },
  { name: 'redirects to port 22', answer: { redirectTo: 'http://www.hostile.test:22/' }, verdict: 'fails' },
  { name: 'redirects nowhere', answer: { status: 302 }, verdict: 'fails' },
  { name: 'redirects with 303', answer: { status: 303, redirectTo: '/other' }, verdict: 'fails' },
  {
    name: 'redirects to a URL of 4000 octets',
    answer: { redirectTo: `/${'x'.repeat(4_000)}` },
    verdict: 'fails',
  },
  { name: 'has no such file', answer: { status: 404 }, verdict: 'fails' },
  { name: 'sends another value', answer: { body: 'another value' }, verdict: 'fails' },
];

/** The file name under which a site of {@link HOSTILE_SITES} is served. */
function hostileFile(index: number): string {
  return `hostile-${index}.txt`;
}

/** A check of a hostile site at `target`. */
export function hostileWebsiteCheck(target: Target, index: number): Check {
  return {
    checkType: 'dcv',
    target,
    dcv: {
      method: 'website-change',
      challengeValue: CHALLENGE_VALUE,
      httpTokenPath: hostileFile(index),
      urlScheme: 'http',
      httpHeaders: null,
      matchRegex: null,
      requireExactCase: true,
    },
  };
}

/** A check of a hostile TLS server at `target`. */
export function hostileTlsCheck(target: Target): Check {
  const dcv = { method: 'acme-tls-alpn-01', keyAuthorizationHash: 'ab'.repeat(32) } as const;
  return { checkType: 'dcv', target, dcv };
}

/** All sites on one server. */
export function hostileServer(): WebServerOptions {
  const sites = HOSTILE_SITES.map(({ answer }, index) => ({
    path: `/.well-known/pki-validation/${hostileFile(index)}`,
    answer,
  }));
  return { sites: [...sites, { path: '*', answer: { status: 404 } }], logSize: 0 };
}

/** Malicious TLS servers: what they do instead of a handshake. */
export const HOSTILE_TLS: readonly { readonly name: string; readonly options: WebServerOptions }[] = [
  { name: 'sends garbage for a handshake', options: { insteadOfTls: 'garbage' } },
  { name: 'does not respond to a ClientHello', options: { insteadOfTls: 'silence' } },
  { name: 'closes after the ClientHello', options: { insteadOfTls: 'close' } },
  { name: 'resets after the ClientHello', options: { insteadOfTls: 'reset' } },
  { name: 'sends an octet every 50 ms', options: { insteadOfTls: 'drip' } },
  { name: 'resets at once', options: { onAccept: 'reset' } },
  { name: 'closes at once', options: { onAccept: 'close' } },
  { name: 'accepts and sends nothing', options: { onAccept: 'silence' } },
  { name: 'speaks HTTP', options: { sites: [{ path: '*', answer: { body: 'x' } }] } },
];
