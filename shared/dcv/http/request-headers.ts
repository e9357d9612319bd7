import { quoteInput } from '../../net/quote.ts';

type Headers = Readonly<Record<string, string>>;

/**
 * The header fields a caller may set: those that say who asks and for what form of the page. Anything else could make a
 * server answer for another host or path than the one that was asked for, as `X-Original-URL` and `Forwarded` do.
 */
const CALLER_HEADERS: readonly string[] = [
  'accept',
  'accept-language',
  'cache-control',
  'from',
  'pragma',
  'user-agent',
];

const MAX_VALUE_OCTETS = 1024;

/** RFC 9110 section 5.5 without tabs: visible ASCII, spaces, and octets from 0xA0 on. */
const VALUE = /^[ -~\u{a0}-\u{ff}]*$/u;

const OWN_HEADERS: Headers = {
  accept: '*/*',
  'user-agent': 'mpic/1 (+domain control validation)',
};

/** Never the caller's: what is compared is the page itself, and no connection serves two requests. */
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
  if (!CALLER_HEADERS.includes(folded)) {
    return `the header ${quoteInput(name)} is not the caller's to set; use ${CALLER_HEADERS.join(', ')} only`;
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
 * All header fields of a request but `Host`, names in lower case. The caller's must have been judged by
 * {@link findHeaderProblems}; what is not the caller's to set is left out all the same.
 */
export function requestHeaders(headers: Headers | null): Readonly<Record<string, string>> {
  const callers = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .filter(([name]) => CALLER_HEADERS.includes(name));
  return { ...OWN_HEADERS, ...Object.fromEntries(callers), ...FIXED_HEADERS };
}
