import { quoteInput } from '../../net/quote.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The header fields by which a caller says who asks and for what form of the page. Any other could make a server answer for
 * another host or path than the one that was asked for, as `X-Original-URL` and `Forwarded` do: taken under `open-mpic` only,
 * without corroborating.
 */
const CALLER_HEADERS: readonly string[] = [
  'accept',
  'accept-language',
  'cache-control',
  'from',
  'pragma',
  'user-agent',
];

/** Where a message ends, which connection it is on and which host it is for (RFC 9110, RFC 9112): never the caller's. */
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

/** What proves who asks is for the host it was given for, wherever that redirects to. */
const CREDENTIALS: readonly string[] = ['authorization', 'cookie', 'proxy-authorization'];

const MAX_VALUE_OCTETS = 1024;

/** RFC 9110 section 5.5 without tabs: visible ASCII, spaces, and octets from 0xA0 on. */
const VALUE = /^[ -~\u{a0}-\u{ff}]*$/u;

const OWN_HEADERS: Headers = {
  accept: '*/*',
  'user-agent': 'mpic/1 (+domain control validation)',
};

/** Ours, whatever the caller says: what is compared is the page itself, and no connection serves two requests. */
const FIXED_HEADERS: Headers = {
  'accept-encoding': 'identity',
  connection: 'close',
};

/** What is wrong with the caller's header fields, and what to do. Empty: nothing. */
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

/** Header fields that a server may take for another host or path, so that what comes back proves nothing about this one. */
export function findHeaderDeviations(headers: Headers | null): readonly string[] {
  return Object.keys(headers ?? {})
    .filter((name) => !CALLER_HEADERS.includes(name.toLowerCase()))
    .map(
      (name) =>
        `the header ${quoteInput(name)} could make a server answer for another host or path; use ${CALLER_HEADERS.join(', ')} only`,
    );
}

/**
 * All header fields of a request but `Host`, names in lower case. The caller's must have been judged by
 * {@link findHeaderProblems}; what is not the caller's to set is left out all the same.
 */
export function requestHeaders(headers: Headers | null): Readonly<Record<string, string>> {
  const callers = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => TOKEN.test(name) && name !== '__proto__' && !FRAMING_HEADERS.includes(name));
  return { ...OWN_HEADERS, ...Object.fromEntries(callers), ...FIXED_HEADERS };
}

/** `headers` as another host than the target gets them. */
export function withoutCredentials(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIALS.includes(name)));
}
