import type { CertificateType } from '../check/check.ts';
import type { CaaRecord } from '../dns/lookup.ts';

/**
 * Property tags that this service understands. The critical bit has no effect on them.
 *
 * RFC 8659 section 4 (issue, issuewild, iodef: mandatory by TLS BR 4.2.2.1 [caa]), TLS BR Appendix A.1 [caa-contact]
 * (contactemail, contactphone), RFC 9495 (issuemail). `issuevmc` restricts mark certificates only.
 */
const KNOWN_TAGS: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'iodef',
  'contactemail',
  'contactphone',
  'issuemail',
  'issuevmc',
]);

/** Bit 0 of the flags, the most significant bit (RFC 8659 section 4.1). All other bits are reserved and ignored. */
const CRITICAL_BIT = 0x80;

/**
 * True if the set has a critical property that this service does not understand, which forbids issuance (RFC 8659
 * section 4.1).
 */
export function hasUnknownCriticalProperty(records: readonly CaaRecord[]): boolean {
  for (const { flags, tag } of records) {
    if ((flags & CRITICAL_BIT) !== 0 && !KNOWN_TAGS.has(tag.toLowerCase())) return true;
  }
  return false;
}

/**
 * The properties of the relevant set that apply to a request.
 *
 * - TLS: `issue`; for a wildcard `issuewild` instead if the set has one, well-formed or not (RFC 8659 sections 4.2 and
 *   4.3).
 * - S/MIME: `issuemail` alone (RFC 9495 section 3).
 */
export function selectProperties(
  records: readonly CaaRecord[],
  certificateType: CertificateType,
  wildcard: boolean,
): readonly CaaRecord[] {
  if (certificateType === 's-mime') return withTag(records, 'issuemail');
  if (wildcard) {
    const selected = withTag(records, 'issuewild');
    if (selected.length > 0) return selected;
  }
  return withTag(records, 'issue');
}

/** The properties whose tag is `tag`; tags compare without case (RFC 8659 section 4.1). */
export function withTag(records: readonly CaaRecord[], tag: string): readonly CaaRecord[] {
  return records.filter((record) => record.tag.toLowerCase() === tag);
}
