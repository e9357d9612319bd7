import { quoteInput } from '../../net/quote.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * Header fields that a caller may set: they identify the client and the wanted form of the response. Any other field,
 * for instance `X-Original-URL` or `Forwarded`, could make a server respond for another host or path: it is a
 * deviation, accepted only under `open-mpic`, and the check does not corroborate.
 */
const CALLER_HEADERS: readonly string[] = [
  'accept',
  'accept-language',
  'cache-control',
  'from',
  'pragma',
  'user-agent',
];

/** Header fields for framing, connection and host (RFC 9110, RFC 9112): a caller must not set them. */
const FRAMING_HEADERS: readonly string[] = [
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** Credentials are sent only to the target host, not to a redirect target on another host. */
const CREDENTIALS: readonly string[] = ['authorization', 'cookie', 'proxy-authorization'];

const MAX_VALUE_OCTETS = 1024;

/** RFC 9110 section 5.5 without tabs: visible ASCII, spaces, and octets from 0xA0 on. */
const VALUE = /^[ -~\u{a0}-\u{ff}]*$/u;

const OWN_HEADERS: Headers = {
  accept: '*/*',
  'user-agent': 'mpic/1 (+domain control validation)',
};

/** Always set by this service: the body is compared without content coding, and each connection serves one request. */
const FIXED_HEADERS: Headers = {
  'accept-encoding': 'identity',
  connection: 'close',
};

/** What is wrong with the caller's header fields, and what to do. Empty if nothing is wrong. */
export function findHeaderProblems(headers: Headers | null): readonly string[] {
  const seen = new Set<string>();
  return Object.entries(headers ?? {}).flatMap(([name, value]) => {
    const folded = name.toLowerCase();
    const isRepeated = seen.has(folded);
    seen.add(folded);
    return findHeaderProblem(name, folded, value, isRepeated) ?? [];
  });
}

function findHeaderProblem(name: string, folded: string, value: string, isRepeated: boolean): string | null {
  if (FRAMING_HEADERS.includes(folded) || !TOKEN.test(folded) || folded === '__proto__') {
    return `the header ${quoteInput(name)} is not the caller's to set; use ${CALLER_HEADERS.join(', ')}`;
  }
  if (isRepeated) return `the header ${quoteInput(name)} is there twice; send it once`;
  if (!VALUE.test(value)) {
    return `the header ${quoteInput(name)} holds a control character or something beyond latin1; remove it`;
  }
  return value.length > MAX_VALUE_OCTETS
    ? `the header ${quoteInput(name)} is longer than ${MAX_VALUE_OCTETS} octets; shorten it`
    : null;
}

/**
 * One message for each header field that could make a server respond for another host or path, so that the response
 * proves nothing about the target.
 */
export function findHeaderDeviations(headers: Headers | null): readonly string[] {
  return Object.keys(headers ?? {})
    .filter((name) => !CALLER_HEADERS.includes(name.toLowerCase()))
    .map(
      (name) =>
        `the header ${quoteInput(name)} could make a server answer for another host or path; use ${CALLER_HEADERS.join(', ')} only`,
    );
}

/**
 * All header fields of a request except `Host`, names in lower case. {@link findHeaderProblems} must have accepted the
 * caller's fields; fields that a caller must not set are dropped here too.
 */
export function requestHeaders(headers: Headers | null): Readonly<Record<string, string>> {
  const callers = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => TOKEN.test(name) && name !== '__proto__' && !FRAMING_HEADERS.includes(name));
  return { ...OWN_HEADERS, ...Object.fromEntries(callers), ...FIXED_HEADERS };
}

/** `headers` for a host other than the target: without credentials. */
export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.includes(name)));
}
