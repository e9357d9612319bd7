/** More than any CA's file names have, and far below what servers take in a request line. */
const MAX_PATH_CHARACTERS = 1000;

/** RFC 3986 section 3.3: segments of `pchar`, with slashes between. */
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
 * What is wrong with the path of a `website-change` check, and what to do; null when nothing is.
 *
 * The file must lie under `/.well-known/pki-validation` (TLS BR 3.2.2.4.18 [dcv-website]), as every server understands
 * the path, not just ours: so no way up by dot segments, however written, no second path hidden in an encoded slash, and
 * nothing that means one thing decoded once and another decoded twice. A path that passes goes into the URL unchanged.
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
  // Servers that map characters to their nearest ASCII one would see a dot or slash in U+FF0E or U+FF0F.
  const seen = decoded.normalize('NFKC');
  if (/[\p{Cc}/\\?#]/u.test(seen)) {
    return 'it holds a slash, backslash, "?", "#" or control character in encoded form; remove it';
  }
  // A percent sign that was encoded would be decoded by servers that decode twice: "%252e" is a dot to them.
  if (seen.includes('%')) return 'it holds an encoded percent sign; remove it';
  // Some servers drop what follows a semicolon, some drop dots and spaces at the end: what is left may lead upwards.
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
