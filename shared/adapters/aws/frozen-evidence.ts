import { createHash } from 'node:crypto';
import { deflateSync, inflateSync } from 'node:zlib';
import * as z from 'zod';
import { REQUESTS_KEY } from '../../contract/deployment/tables.ts';
import { CONTRACT_VERSION } from '../../contract/messages/contract.ts';
import { MAX_RESULT_BYTES } from '../../domain/check/check-result.ts';
import { type StoredResult, storedResultSchema } from '../../domain/check/stored-result.ts';
import type { Item } from './store-call.ts';
import { parseJson, UnreadableItemError, VERSION_ATTRIBUTE } from './stored-version.ts';

/**
 * Packed evidence up to this size is an attribute of the request, written together with the verdict: ten attempts leave
 * room for the largest request in the 400 KB of an item. Larger evidence is stored in separate items.
 */
const MAX_INLINE_BYTES = 10 * 1024;

/** Limit for the data of one separate item. */
const MAX_PART_BYTES = 350 * 1024;

/** Limit for the JSON text of the results of the largest possible number of perspectives. */
const MAX_EVIDENCE_BYTES = 65 * (MAX_RESULT_BYTES + 1024);
const MAX_PARTS = Math.ceil(MAX_EVIDENCE_BYTES / MAX_PART_BYTES);

const DATA_ATTRIBUTE = 'data';

/** The attribute of a request with the evidence for the verdict of `attempt`. */
export function evidenceAttribute(attempt: number): string {
  return `evidence_${attempt}`;
}

/** Evidence stored in separate items. */
export interface SpilledEvidence {
  readonly attempt: number;
  /**
   * Digest of the packed bytes; part of the keys, so that two processes that decide an attempt differently write
   * different items.
   */
  readonly sha256: string;
  readonly parts: number;
}

/** The evidence for one verdict, ready to be stored: `parts` before the verdict, `attribute` with it. */
export interface PackedEvidence {
  readonly attribute: Uint8Array | Omit<SpilledEvidence, 'attempt'>;
  readonly parts: readonly Item[];
}

export function packEvidence(
  requestId: string,
  attempt: number,
  results: readonly StoredResult[],
  maxInlineBytes = MAX_INLINE_BYTES,
): PackedEvidence {
  const packed = deflateSync(JSON.stringify(results));
  if (packed.length <= maxInlineBytes) return { attribute: packed, parts: [] };
  const chunks = Array.from({ length: Math.ceil(packed.length / MAX_PART_BYTES) }, (_, index) =>
    packed.subarray(index * MAX_PART_BYTES, (index + 1) * MAX_PART_BYTES),
  );
  const spilled = { attempt, sha256: sha256Of(packed), parts: chunks.length };
  return {
    attribute: { sha256: spilled.sha256, parts: spilled.parts },
    parts: chunks.map((chunk, index) => ({
      ...evidencePartKey(requestId, spilled, index),
      [VERSION_ATTRIBUTE]: CONTRACT_VERSION,
      [DATA_ATTRIBUTE]: chunk,
    })),
  };
}

/** Keys of the separate items. They are in the requests table, where no perspective may write. */
export function evidencePartKeys(requestId: string, spilled: SpilledEvidence): readonly Item[] {
  return Array.from({ length: spilled.parts }, (_, index) => evidencePartKey(requestId, spilled, index));
}

function evidencePartKey(requestId: string, { attempt, sha256 }: SpilledEvidence, index: number): Item {
  return { [REQUESTS_KEY.partition]: `${requestId}#evidence#${attempt}#${sha256}#${index}` };
}

/** Whether an item of the requests table is a part of evidence, not a request. */
export function isEvidencePart(item: Item): boolean {
  const id = item[REQUESTS_KEY.partition];
  return typeof id === 'string' && /^[^#]+#evidence#\d+#[0-9a-f]{64}#\d+$/.test(id);
}

/** The evidence in the attribute of an attempt, or a reference to its separate items; null if there is none. */
export function readEvidenceAttribute(
  item: Item,
  attempt: number,
  what: string,
): readonly StoredResult[] | SpilledEvidence | null {
  const attribute = item[evidenceAttribute(attempt)];
  if (attribute === undefined) return null;
  if (attribute instanceof Uint8Array) return unpack(attribute, what);
  const spilled = spilledSchema.safeParse(attribute);
  if (!spilled.success) throw new UnreadableItemError(`${what} has evidence of an unknown form`);
  return { attempt, ...spilled.data };
}

const spilledSchema = z.object({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  parts: z.int().min(1).max(MAX_PARTS),
});

/** Join the evidence from its separate items, given in any order. */
export function joinEvidence(
  requestId: string,
  spilled: SpilledEvidence,
  items: readonly Item[],
): readonly StoredResult[] {
  const what = `evidence of attempt ${spilled.attempt} of request ${requestId}`;
  const chunks = evidencePartKeys(requestId, spilled).map((key) => {
    const id = key[REQUESTS_KEY.partition];
    const data = items.find((item) => item[REQUESTS_KEY.partition] === id)?.[DATA_ATTRIBUTE];
    if (!(data instanceof Uint8Array)) throw new UnreadableItemError(`${what} lacks a part`);
    return data;
  });
  const packed = Buffer.concat(chunks);
  if (sha256Of(packed) !== spilled.sha256) throw new UnreadableItemError(`${what} is not what was written`);
  return unpack(packed, what);
}

const evidenceSchema = z.array(storedResultSchema);

function unpack(packed: Uint8Array, what: string): readonly StoredResult[] {
  const parsed = evidenceSchema.safeParse(parseJson(inflate(packed, what), what));
  if (!parsed.success) throw new UnreadableItemError(`${what} has evidence that cannot be read`);
  return parsed.data;
}

function inflate(packed: Uint8Array, what: string): string {
  try {
    return inflateSync(packed, { maxOutputLength: MAX_EVIDENCE_BYTES }).toString('utf8');
  } catch {
    throw new UnreadableItemError(`${what} has evidence that cannot be inflated`);
  }
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
