/** Longer than any CA's file names, and far shorter than servers accept in a request line. */
const MAX_PATH_CHARACTERS = 1000;

/** RFC 3986 section 3.3: segments of `pchar`, separated by slashes. */
const PATH = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;

const FORBIDDEN: readonly { readonly pattern: RegExp; readonly advice: string }[] = [
  { pattern: /\p{Cc}/u, advice: 'it holds a control character; remove it' },
  { pattern: /\\/, advice: 'it holds a backslash, which some servers take for a slash; remove it' },
  { pattern: /[?#]/, advice: 'it holds "?" or "#"; send a path alone, without query or fragment' },
  {
    pattern: /^[A-Za-z][A-Za-z0-9+.-]*:/,
    advice: 'it begins like a URL with a scheme; send only what stands below the directory',
  },
  { pattern: /^\//, advice: 'it begins with a slash; send only what stands below the directory' },
  { pattern: /\/\/|\/$/, advice: 'it has an empty segment; remove the extra slash' },
];

/**
 * What is wrong with the path of a `website-change` check, and what to do; null if nothing is wrong.
 *
 * Every server, not only ours, must read the path as a file under `/.well-known/pki-validation` (TLS BR 3.2.2.4.18
 * [dcv-website]). So the path has no dot segments in any spelling, no encoded slashes, and nothing that changes its
 * meaning when decoded twice. A valid path goes into the URL unchanged.
 */
export function findTokenPathProblem(path: string): string | null {
  if (path === '') return 'it is empty; name the file below the directory';
  if (path.length > MAX_PATH_CHARACTERS) {
    return `it is longer than ${MAX_PATH_CHARACTERS} characters; shorten it`;
  }
  const forbidden = FORBIDDEN.find(({ pattern }) => pattern.test(path));
  if (forbidden !== undefined) return forbidden.advice;
  if (!PATH.test(path)) {
    return 'it holds a character that no URL path may hold; percent-encode it as two hexadecimal digits (RFC 3986 section 3.3)';
  }
  for (const segment of path.split('/')) {
    const problem = findSegmentProblem(segment);
    if (problem !== null) return problem;
  }
  return null;
}

function findSegmentProblem(segment: string): string | null {
  const decoded = decodeOnce(segment);
  if (decoded === null) return 'its percent-encoded octets are not UTF-8; encode the text again';
  // Servers that map characters to ASCII equivalents read U+FF0E and U+FF0F as dot and slash.
  const seen = decoded.normalize('NFKC');
  if (/[\p{Cc}/\\?#]/u.test(seen)) {
    return 'it holds a slash, backslash, "?", "#" or control character in encoded form; remove it';
  }
  // Servers that decode twice read "%252e" as a dot.
  if (seen.includes('%')) return 'it holds an encoded percent sign; remove it';
  // Some servers drop the part after a semicolon, some drop trailing dots and spaces: the rest may be a dot segment.
  const [name = ''] = seen.split(';');
  if (/^[.\s]*$/.test(name)) {
    return 'it has a segment of dots, which would leave the directory; name the file itself';
  }
  return null;
}

/** Null for octets that are not UTF-8, overlong forms of ASCII among them. */
function decodeOnce(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
