import { createHash } from 'node:crypto';
import type { ApiErrorCode } from '../../shared/errors.ts';
import { findJsonFlaw } from './json-flaws.ts';

/** Longest request body, bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly digest: string }
  | { readonly ok: false; readonly error: ApiErrorCode }
  | { readonly ok: false; readonly error: 'json-invalid'; readonly message: string };

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Read a JSON body, at most {@link MAX_BODY_BYTES} of it, whatever Content-Length says.
 * `digest` is the SHA-256 of the bytes as received, hexadecimal.
 */
export async function readJsonBody(request: Request): Promise<Body> {
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? ''))
    return { ok: false, error: 'unsupported-media-type' };
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES)
    return { ok: false, error: 'request-too-large' };
  const bytes = await readBounded(request);
  if (bytes === null) return { ok: false, error: 'request-too-large' };
  const digest = createHash('sha256').update(bytes).digest('hex');
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const flaw = findJsonFlaw(text);
    return flaw === null ? { ok: true, value, digest } : { ok: false, error: 'json-invalid', message: flaw };
  } catch (error) {
    const message = error instanceof SyntaxError ? error.message.slice(0, 200) : 'the body is not UTF-8';
    return { ok: false, error: 'json-invalid', message };
  }
}

/** The body's bytes, or null when there are more than allowed. */
async function readBounded(request: Request): Promise<Uint8Array | null> {
  // With a checked Content-Length the server hands out no more than that many bytes.
  if (request.headers.has('content-length')) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.byteLength > MAX_BODY_BYTES ? null : bytes;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
