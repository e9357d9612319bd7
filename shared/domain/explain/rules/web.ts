import { DCV_ERROR } from '../../dcv/errors.ts';
import { isFinalSuccess } from '../../dcv/http/page.ts';
import { quoteInput } from '../../net/quote.ts';
import { type Facts, hasError } from '../evidence/facts.ts';
import { quoteMessage } from '../evidence/quoted.ts';
import { inEach, type Rule } from './rule.ts';

/** What keeps a client from a server, by the error of the connection. */
export type ConnectionFault = 'refused' | 'no-connection' | 'broken-off' | 'not-http' | 'tls' | 'slow';

const PAGE_CHARACTERS = 80;

/**
 * HTTP statuses of servers, proxies and firewalls that turn a client away: RFC 9110 section 15.5, 429 of RFC 6585, 451
 * of RFC 7725, and 444 of nginx.
 */
const TURNED_AWAY: readonly number[] = [401, 403, 406, 429, 444, 451];

export function isTurnedAway({ hop }: Facts): boolean {
  return hop !== null && TURNED_AWAY.includes(hop.statusCode ?? 0);
}

/** Null if the connection did not fail. The texts are those of the network guard and of the HTTP and TLS clients. */
export function connectionFault({ lookup }: Facts): ConnectionFault | null {
  switch (lookup?.name) {
    case 'ClientConnectorError':
      if (lookup.text.includes('ECONNREFUSED')) return 'refused';
      return lookup.text.includes('the peer broke off the connection') ? 'broken-off' : 'no-connection';
    case 'TimeoutError':
      return lookup.text.includes('during the connection attempt') ? 'no-connection' : 'slow';
    case 'ServerDisconnectedError':
      return 'broken-off';
    case 'MalformedResponseError':
    case 'ResponseTooLargeError':
      return 'not-http';
    case 'ClientConnectorSSLError':
      return 'tls';
    default:
      return null;
  }
}

function ofFault(...faults: readonly ConnectionFault[]): Rule['find'] {
  return inEach((facts) => {
    const fault = connectionFault(facts);
    if (fault === null || !faults.includes(fault)) return null;
    const server = facts.address === null ? 'the server' : `the server at ${quoteInput(facts.address)}`;
    return { line: quoteMessage(facts.lookup?.text ?? ''), slots: { server } };
  });
}

function lookAtAddress(facts: Facts) {
  if (!hasError(facts, DCV_ERROR.addressRefused)) return null;
  return { line: quoteMessage(facts.errors[0]?.message ?? '') };
}

function lookAtRedirect(facts: Facts) {
  if (!hasError(facts, DCV_ERROR.redirect)) return null;
  const why = quoteMessage(facts.errors[0]?.message ?? '');
  const from = quoteInput(facts.hop?.url ?? '');
  const to = facts.hop?.location == null ? 'no Location' : quoteInput(facts.hop.location);
  return { line: `${from} redirects to ${to}: ${why}`, slots: { from, to, why } };
}

export function lookAtIpv6({ overIpv4, address, hop }: Facts) {
  if (overIpv4 === null || address === null) return null;
  const before = hop?.statusCode ?? null;
  const isBetter =
    overIpv4.proves || (isFinalSuccess(overIpv4.statusCode ?? 0) && !isFinalSuccess(before ?? 0));
  if (!isBetter) return null;
  const ipv6 = quoteInput(address);
  const ipv4 = quoteInput(overIpv4.address);
  const at4 = overIpv4.proves ? 'the right answer' : `HTTP status ${overIpv4.statusCode}`;
  const at6 = before === null ? 'no usable answer' : `HTTP status ${before}`;
  return { line: `at ${ipv6}: ${at6}; at ${ipv4}: ${at4}` };
}

function lookAtRefusal(facts: Facts) {
  return isTurnedAway(facts) ? lookAtStatus(facts) : null;
}

function lookAtStatus({ hop, details, errors }: Facts) {
  if (!errors.some(({ type }) => type === DCV_ERROR.http) || hop === null || hop.statusCode === null)
    return null;
  const page = details.kind === 'http' ? quotePage(details.page) : '""';
  const url = quoteInput(hop.url, 200);
  const status = String(hop.statusCode);
  const from = hop.address === null ? '' : ` from ${quoteInput(hop.address)}`;
  return { line: `${url}: HTTP status ${status}${from}, body ${page}`, slots: { url, status } };
}

function lookAtPage({ hop, details, result, errors }: Facts) {
  if (details.kind !== 'http' || hop === null || result?.completed !== true || result.passed) return null;
  if (errors.length > 0 || !isFinalSuccess(hop.statusCode ?? 0)) return null;
  const page = quotePage(details.page);
  const url = quoteInput(hop.url, 200);
  const from = hop.address === null ? '' : ` from ${quoteInput(hop.address)}`;
  return { line: `${url}${from}: body begins with ${page}`, slots: { url, page } };
}

function quotePage(base64: string | null): string {
  return quoteInput(Buffer.from(base64 ?? '', 'base64').toString('utf8'), PAGE_CHARACTERS);
}

/** Causes at the web server, and of connections to TLS servers too; the most specific first. */
export const WEB_RULES = {
  'address-not-public': {
    looksFor: 'a host whose addresses are all reserved or private, as behind split DNS',
    sure: 'certain',
    text: 'The name resolves only to addresses that cannot be reached over the public Internet, as in the internal view of a split DNS.',
    applicant: 'Publish the public address in the public DNS; keep internal addresses in the internal view.',
    ca: 'If the address is public and is refused, look at MPIC_DENY_NETWORKS.',
    find: inEach(lookAtAddress),
  },
  'redirect-refused': {
    looksFor: 'an error redirect:invalid: a redirect that must not be followed',
    sure: 'certain',
    text: 'The server at {from} redirects to {to}, which must not be followed: {why}.',
    applicant:
      'Serve the file without a redirect, or redirect with 301, 302, 307 or 308 to http or https at port 80 or 443 of a public name.',
    ca: null,
    find: inEach(lookAtRedirect),
  },
  'port-closed': {
    looksFor: 'a connection that the host refused',
    sure: 'certain',
    text: 'The port is closed: {server} refuses connections.',
    applicant:
      'Start the server, let it listen on port 80 (443 for acme-tls-alpn-01) at the public address, and open the port in the firewall.',
    ca: null,
    find: ofFault('refused'),
  },
  'connection-blocked': {
    looksFor: 'a connection attempt without a response, or without a route',
    sure: 'likely',
    text: 'No connection: packets to {server} get no response. A firewall drops them, or the address is wrong.',
    applicant:
      'Open port 80 (443 for acme-tls-alpn-01) in the firewall for all sources: the perspectives have no fixed addresses. Check the A and AAAA records.',
    ca: 'If only some perspectives are affected, check the network of those.',
    find: ofFault('no-connection'),
  },
  'client-turned-away': {
    looksFor:
      'an HTTP status with which servers and firewalls turn clients away: 401, 403, 406, 429, 444, 451',
    sure: 'likely',
    text: 'The server turned the request away with HTTP status {status}: an access rule, or a firewall or bot rule by user agent.',
    applicant:
      'Exempt the path of the challenge below /.well-known/ from access rules, bot checks and rate limits.',
    ca: 'The user agent can be set with http_headers; the one of the service is in docs/methods.md.',
    find: inEach(lookAtRefusal),
  },
  'http-status': {
    looksFor: 'a final HTTP status other than 2xx',
    sure: 'certain',
    text: 'The web server answers with HTTP status {status}, and only 2xx can prove control.',
    applicant:
      'Put the file at {url}, on every server that answers for the name, and check that the web server does not rewrite the path.',
    ca: null,
    find: inEach(lookAtStatus),
  },
  'wrong-content': {
    looksFor: 'a 2xx response whose body does not have the expected value',
    sure: 'certain',
    text: 'The web server answers, but with another content than expected: it begins with {page}.',
    applicant:
      'Serve the file of this order at {url}; a start page, an error page with status 200 or an old file do not count.',
    ca: 'Check that the applicant was given the value of this request.',
    find: inEach(lookAtPage),
  },
  'server-broken': {
    looksFor: 'a connection that the server broke off, or a response that is not HTTP or too large',
    sure: 'likely',
    text: 'The server accepts connections but does not give a complete response; a firewall that resets connections looks the same.',
    applicant: 'Check the log of the web server, and firewalls or proxies before it.',
    ca: null,
    find: ofFault('broken-off', 'not-http'),
  },
  'server-slow': {
    looksFor: 'a connection that was accepted, and no complete response in time',
    sure: 'certain',
    text: 'Too slow: {server} accepts connections and does not respond in time.',
    applicant:
      'Check the load of the server and what it waits for; the response must be complete within five seconds.',
    ca: null,
    find: ofFault('slow'),
  },
} as const satisfies Readonly<Record<string, Rule>>;
