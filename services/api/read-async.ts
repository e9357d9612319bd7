/** How `?async` may say yes; bare `async` and `async=` do, too. */
export const YES: readonly string[] = ['', '1', 'true', 'yes'];
export const NO: readonly string[] = ['0', 'false'];

/**
 * Whether the caller comes back for the answer: `?async`, or RFC 7240 section 4.1: `Prefer: respond-async`. The query wins,
 * for a preference may be ignored. Null for a query that says neither yes nor no, or both: a caller who is not ready to
 * wait must not be kept waiting over a spelling.
 */
export function readAsync({ url, headers }: Request): boolean | null {
  const query = url.indexOf('?');
  const given = query === -1 ? [] : new URLSearchParams(url.slice(query + 1)).getAll('async');
  if (given.length > 0) {
    const words = given.map((word) => word.toLowerCase());
    if (words.every((word) => YES.includes(word))) return true;
    return words.every((word) => NO.includes(word)) ? false : null;
  }
  const preferences = headers.get('prefer');
  return preferences !== null && /(?:^|[,;\s])respond-async(?:$|[,;\s])/i.test(preferences);
}
