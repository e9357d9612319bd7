import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** RFC 9110 section 8.4.1. The request accepts only `identity`, but some servers send these anyway. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

export type ContentCoding =
  | { readonly ok: true; readonly decode: (() => Transform) | null }
  | { readonly ok: false; readonly message: string };

/**
 * Select the decoder for a `Content-Encoding`; `decode` is null if none is needed. Rejects more than one coding,
 * because each one multiplies a decompression bomb.
 */
export function readContentCoding(field: string | undefined): ContentCoding {
  const codings = (field ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [coding, ...more] = codings;
  if (coding === undefined) return { ok: true, decode: null };
  if (more.length > 0) return { ok: false, message: 'the body has more than one content coding' };
  const decode = DECODERS.get(coding);
  if (decode !== undefined) return { ok: true, decode };
  return { ok: false, message: 'the body has a content coding other than gzip, deflate and br' };
}

export interface BodyEvents {
  /** The body has ended, or exceeds the limit. */
  readonly done: () => void;
  /** The body does not decode. */
  readonly undecodable: () => void;
}

export interface Body {
  readonly body: Uint8Array;
  /** True if the body was longer than the limit. */
  readonly bodyCut: boolean;
}

export interface BodyReader {
  /** Stop reading and return what was received and decoded so far. */
  take(): Body;
}

/** Read the body of `response` until it ends or exceeds `maxBytes` octets; keeps the first `maxBytes`. */
export function readBody(
  response: IncomingMessage,
  decode: (() => Transform) | null,
  maxBytes: number,
  { done, undecodable }: BodyEvents,
): BodyReader {
  const chunks: Buffer[] = [];
  let left = maxBytes;
  let bodyCut = false;
  let isTaken = false;
  const decoder = decode?.() ?? null;
  decoder?.on('error', undecodable);
  const source: Readable = decoder === null ? response : response.pipe(decoder);
  source.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, left);
    chunks.push(kept);
    left -= kept.length;
    bodyCut ||= kept.length < chunk.length;
    if (bodyCut && !isTaken) done();
  });
  source.on('end', done);
  return {
    take() {
      isTaken = true;
      // Octets still buffered in the stream were received too. `read()` emits them as `data` events.
      while (source.read() !== null);
      decoder?.destroy();
      return { body: Buffer.concat(chunks), bodyCut };
    },
  };
}
