import type { RecordData } from '../dns/lookup.ts';
import { displayUtf8 } from '../dns/octets.ts';

/**
 * Bound on the records in one result, measured in stored JSON, where a control character takes six octets. Enough for
 * every record set that fits into one DNS message.
 */
export const MAX_EVIDENCE_OCTETS = 64 * 1024;

/** One record as evidence: TXT and CAA values as text, names with their final dot. */
export function recordText(record: RecordData): string {
  if (record.type === 'CAA') return displayUtf8(record.caa.value);
  return record.type === 'TXT' ? displayUtf8(record.value) : record.value;
}

/**
 * As many records as fit into {@link MAX_EVIDENCE_OCTETS}, in order of the answer. Space for the deciding record is
 * reserved, so that other records cannot displace it from the evidence.
 */
export function boundEvidence(
  texts: readonly string[],
  deciding: number | null,
): { readonly recordsSeen: readonly string[]; readonly recordsTruncated: boolean } {
  const clipped = texts.map(clip);
  const sizes = clipped.map(jsonOctets);
  let room = MAX_EVIDENCE_OCTETS - (deciding === null ? 0 : (sizes[deciding] ?? 0));
  const recordsSeen = clipped.filter((_, index) => {
    if (index === deciding) return true;
    const size = sizes[index] ?? 0;
    if (size > room) return false;
    room -= size;
    return true;
  });
  const isCut = recordsSeen.length < texts.length || clipped.some((text, index) => text !== texts[index]);
  return { recordsSeen, recordsTruncated: isCut };
}

/** A single record can exceed the bound too: U+FFFD takes three octets for one. */
function clip(text: string): string {
  if (jsonOctets(text) <= MAX_EVIDENCE_OCTETS) return text;
  const octets = Buffer.from(text, 'utf8');
  for (let length = MAX_EVIDENCE_OCTETS; ; length /= 2) {
    // In streaming mode the decoder omits a character that the cut has split.
    const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
    const cut = decoder.decode(octets.subarray(0, length), { stream: true });
    if (jsonOctets(cut) <= MAX_EVIDENCE_OCTETS) return cut;
  }
}

/** Octets of the JSON string without its quotes. */
function jsonOctets(text: string): number {
  return Buffer.byteLength(JSON.stringify(text), 'utf8') - 2;
}
