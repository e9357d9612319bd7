import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** RFC 9110 section 8.4.1. We ask for none of them, but servers send them all the same. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

export type ContentCoding =
  | { readonly ok: true; readonly decode: (() => Transform) | null }
  | { readonly ok: false; readonly message: string };

/** Which decoder undoes a `Content-Encoding`; null: none is needed. One coding at most: each further one multiplies a bomb. */
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
  /** The body has ended, or is longer than may be read. */
  readonly done: () => void;
  /** The content coding cannot be undone. */
  readonly undecodable: () => void;
}

export interface Body {
  readonly body: Uint8Array;
  /** There is more than may be read. */
  readonly bodyCut: boolean;
}

export interface BodyReader {
  /** End the reading: what has come, decoded as far as it is. */
  take(): Body;
}

/** Read the body of `response` until it ends or has more than `maxBytes` octets, of which it keeps that many. */
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
      // What a stream holds back for its next turn has come all the same. Reading it makes a `data` event of it.
      while (source.read() !== null);
      decoder?.destroy();
      return { body: Buffer.concat(chunks), bodyCut };
    },
  };
}
