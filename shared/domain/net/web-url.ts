import { RULEBOOK } from '../rules/rulebook.ts';
import { parseIpAddress } from './ip-address.ts';
import { normaliseLdhName } from './ldh-name.ts';
import { quoteInput } from './quote.ts';
import { findSpecialUseName, isAtOrBelow } from './special-use.ts';

/** Ports that a redirect may use: the web ports among the Authorized Ports (TLS BR 1.6.1 [definitions]). */
export type WebPort = (typeof RULEBOOK.http.ports)[number];

/** The host of a URL: a name in A-labels, or an address in dotted decimal or RFC 5952 text. */
export type WebHost =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'ip'; readonly address: string; readonly family: 4 | 6 };

/** An http or https URL that a perspective may request. Only the functions of this file create one. */
export interface WebUrl {
  readonly scheme: 'http' | 'https';
  readonly host: WebHost;
  readonly port: WebPort;
  /** Path and query, as sent in the request line; starts with a slash. */
  readonly path: string;
  /** The whole URL without fragment and without the scheme's default port; equal URLs have equal texts. */
  readonly text: string;
}

export const WEB_URL_PROBLEMS = [
  'empty',
  'too-long',
  'forbidden-character',
  'malformed',
  'scheme-not-allowed',
  'credentials',
  'port-not-allowed',
  'not-a-host',
  'special-use-name',
  'reverse-name',
] as const;
export type WebUrlProblem = (typeof WEB_URL_PROBLEMS)[number];

interface WebUrlRefusal {
  readonly ok: false;
  readonly problem: WebUrlProblem;
  /** What is wrong and what to do, without a final dot. Contains no control characters of the input. */
  readonly message: string;
}

export type WebUrlResult = { readonly ok: true; readonly url: WebUrl } | WebUrlRefusal;

export interface WebUrlRules {
  /** Accept names below `test`: for local and test installations only. */
  readonly allowTestNames: boolean;
}

/** Longest URL in octets, both as written and after it is resolved against its base. */
export const MAX_URL_OCTETS = 2000;

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
/** Authority and rest of the text after the scheme. */
const NETWORK_PATH = /^\/\/([^/?#]+)(.*)$/;
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:[\]]*)(?::(.*))?$/;

/** Placeholder for the host while a path is resolved, so that the platform's URL parser does not decide the host. */
const NO_HOST = 'http://h';

/** Build a URL from validated parts. `path` starts with a slash and may have a query. */
export function webUrl({ scheme, host, port, path }: Omit<WebUrl, 'text'>): WebUrl {
  const shownPort = port === DEFAULT_PORTS[scheme] ? '' : `:${port}`;
  return { scheme, host, port, path, text: `${scheme}://${hostText(host)}${shownPort}${path}` };
}

/** The host as written in URLs and `Host` headers: an IPv6 address in brackets (RFC 3986 section 3.2.2). */
export function hostText(host: WebHost): string {
  if (host.kind === 'name') return host.name;
  return host.family === 6 ? `[${host.address}]` : host.address;
}

/**
 * Parse a URL or relative reference from a web server; `base` is the requested URL.
 *
 * Paths are resolved as browsers do (WHATWG URL). Scheme, host and port are parsed here and more strictly: if two
 * parsers disagree about a host, it can bypass an address filter. Accepts printable ASCII only, http and https only, no
 * credentials, ports 80 and 443 for either scheme (a subset of the Authorized Ports of TLS BR 1.6.1 [definitions]). The
 * host is a strict IP literal or a fully-qualified domain name of the public DNS. Addresses are not compared with the
 * reserved blocks here: the connecting code does that, because names resolve to addresses too.
 */
export function parseWebUrl(text: string, base: WebUrl | null, rules: WebUrlRules): WebUrlResult {
  if (text === '') return refuse('empty', 'the URL is empty; send one');
  if (text.length > MAX_URL_OCTETS) {
    return refuse('too-long', `the URL is longer than ${MAX_URL_OCTETS} octets; shorten it`);
  }
  if (!/^[!-[\]-~]+$/.test(text)) {
    return refuseText(
      'forbidden-character',
      text,
      'holds a backslash or something else than printable ASCII; percent-encode it (RFC 3986)',
    );
  }

  const [prefix = '', schemeText] = SCHEME.exec(text) ?? [];
  const scheme = schemeText?.toLowerCase() ?? base?.scheme;
  if (scheme === undefined) return refuseText('malformed', text, 'is no absolute URL');
  if (scheme !== 'http' && scheme !== 'https') {
    return refuseText('scheme-not-allowed', text, 'has another scheme than http and https; use one of them');
  }

  const afterScheme = text.slice(prefix.length);
  if (base !== null && schemeText === undefined && !text.startsWith('//')) return relativeUrl(text, base);
  // Browsers also accept "http:host" and "http:///host"; other parsers read those as paths.
  const [, authority, rest] = NETWORK_PATH.exec(afterScheme) ?? [];
  if (authority === undefined || rest === undefined) {
    return refuseText('malformed', text, 'has no host where one must be; write two slashes and the host');
  }
  const destination = parseAuthority(text, authority, scheme, rules);
  if (!destination.ok) return destination;
  return withPath(text, { scheme, ...destination }, `${NO_HOST}${rest}`, NO_HOST);
}

function relativeUrl(text: string, base: WebUrl): WebUrlResult {
  return withPath(text, base, text, `${NO_HOST}${base.path}`);
}

/** Rejects a `reference` that resolves to another host than the placeholder. */
function withPath(
  text: string,
  { scheme, host, port }: Pick<WebUrl, 'scheme' | 'host' | 'port'>,
  reference: string,
  base: string,
): WebUrlResult {
  if (!URL.canParse(reference, base)) return refuseText('malformed', text, 'is no URL');
  const resolved = new URL(reference, base);
  resolved.hash = '';
  const { href } = resolved;
  if (!href.startsWith(`${NO_HOST}/`)) return refuseText('malformed', text, 'is no URL');
  const url = webUrl({ scheme, host, port, path: href.slice(NO_HOST.length) });
  if (url.text.length > MAX_URL_OCTETS) {
    return refuseText('too-long', text, `makes a URL longer than ${MAX_URL_OCTETS} octets; shorten it`);
  }
  return { ok: true, url };
}

type Authority = { readonly ok: true; readonly host: WebHost; readonly port: WebPort } | WebUrlRefusal;

function parseAuthority(
  text: string,
  authority: string,
  scheme: WebUrl['scheme'],
  rules: WebUrlRules,
): Authority {
  if (authority.includes('@')) {
    return refuseText('credentials', text, 'holds a user name or password; leave it out');
  }
  const [, hostPart, portPart = ''] = HOST_AND_PORT.exec(authority) ?? [];
  if (hostPart === undefined) return refuseText('not-a-host', text, 'has no host that can be read');
  const port = parsePort(portPart, scheme);
  if (port === null) {
    return refuseText('port-not-allowed', text, 'has another port than 80 and 443; use one of them');
  }
  const host = parseHost(text, hostPart, rules);
  return 'ok' in host ? host : { ok: true, host, port };
}

/** An empty port means the scheme's default (RFC 3986 section 3.2.3). */
function parsePort(text: string, scheme: WebUrl['scheme']): WebPort | null {
  if (text === '') return DEFAULT_PORTS[scheme];
  return RULEBOOK.http.ports.find((port) => String(port) === text) ?? null;
}

function parseHost(text: string, hostPart: string, rules: WebUrlRules): WebHost | WebUrlRefusal {
  const bracketed = hostPart.startsWith('[');
  const address = parseIpAddress(bracketed ? hostPart.slice(1, -1) : hostPart);
  if (bracketed && address?.family !== 6) {
    return refuseText('not-a-host', text, 'has brackets around something else than an IPv6 address');
  }
  if (address !== null) return { kind: 'ip', address: address.text, family: address.family };

  const normalised = normaliseLdhName(hostPart);
  if (!normalised.ok) return refuse('not-a-host', normalised.message.replace(/\.$/, ''));
  const { name } = normalised;
  const specialUse = findSpecialUseName(name, rules.allowTestNames);
  if (specialUse !== null) {
    return refuse(
      'special-use-name',
      `${quoteInput(hostPart)} lies in "${specialUse.suffix}", which is set aside for ${specialUse.purpose} (${specialUse.reference}) and not part of the public DNS`,
    );
  }
  if (isAtOrBelow(name, 'in-addr.arpa') || isAtOrBelow(name, 'ip6.arpa')) {
    return refuse(
      'reverse-name',
      `${quoteInput(hostPart)} lies in a reverse zone; use a name of the forward DNS`,
    );
  }
  return { kind: 'name', name };
}

function refuseText(problem: WebUrlProblem, text: string, what: string): WebUrlRefusal {
  return refuse(problem, `${quoteInput(text)} ${what}`);
}

function refuse(problem: WebUrlProblem, message: string): WebUrlRefusal {
  return { ok: false, problem, message };
}
