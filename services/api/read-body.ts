import { createHash } from 'node:crypto';
import type { ApiErrorCode } from '../../shared/domain/errors.ts';
import { parseJsonText } from './json-text.ts';

/** Longest request body, bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

export type Body =
  | { readonly ok: true; readonly value: unknown; readonly digest: string }
  | { readonly ok: false; readonly error: ApiErrorCode }
  | { readonly ok: false; readonly error: 'json-invalid'; readonly message: string };

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Read a JSON body, at most {@link MAX_BODY_BYTES} of it, whatever Content-Length says. A charset parameter has no
 * meaning (RFC 8259 section 11): the text is UTF-8. A client that goes away in the midst of its body sent no JSON.
 * `digest` is the SHA-256 of the bytes as received, hexadecimal.
 */
export async function readJsonBody(request: Request): Promise<Body> {
  const { headers } = request;
  if (!JSON_TYPE.test(headers.get('content-type') ?? ''))
    return { ok: false, error: 'unsupported-media-type' };
  if ((headers.get('content-encoding') ?? 'identity').toLowerCase() !== 'identity')
    return { ok: false, error: 'unsupported-media-type' };
  if (Number(headers.get('content-length') ?? 0) > MAX_BODY_BYTES)
    return { ok: false, error: 'request-too-large' };
  const bytes = await readBounded(request).catch(() => 'cut' as const);
  if (bytes === 'cut') return refuseJson('the body ended before its time; send all of it');
  if (bytes === null) return { ok: false, error: 'request-too-large' };
  const parsed = parseJsonText(bytes);
  if (!parsed.ok) return refuseJson(parsed.message);
  return { ok: true, value: parsed.value, digest: createHash('sha256').update(bytes).digest('hex') };
}

function refuseJson(message: string): Body {
  return { ok: false, error: 'json-invalid', message };
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
