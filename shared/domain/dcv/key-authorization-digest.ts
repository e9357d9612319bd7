const SHA256_OCTETS = 32;

/**
 * Parses the SHA-256 of a key authorization in the API: 64 hexadecimal digits as in the Open MPIC reference, or 43
 * base64url characters as in RFC 8555 section 8.4. Null for anything else, including base64url with stray bits at the
 * end.
 */
export function parseKeyAuthorizationDigest(text: string): Uint8Array | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return null;
  const octets = Buffer.from(text, 'base64url');
  return octets.length === SHA256_OCTETS && octets.toString('base64url') === text ? octets : null;
}
