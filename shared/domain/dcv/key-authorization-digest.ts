const SHA256_OCTETS = 32;

/**
 * The SHA-256 of a key authorization as the API carries it: 64 hexadecimal digits, as the Open MPIC reference has it, or 43
 * base64url characters, as in RFC 8555 section 8.4. Null for anything else, base64url with stray bits at its end included.
 */
export function parseKeyAuthorizationDigest(text: string): Uint8Array | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9_-]{43}$/.test(text)) return null;
  const octets = Buffer.from(text, 'base64url');
  return octets.length === SHA256_OCTETS && octets.toString('base64url') === text ? octets : null;
}
