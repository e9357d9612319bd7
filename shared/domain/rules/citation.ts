import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { CertificateType } from '../check/check.ts';
import { RULEBOOK, type RuleDocument, type RuleSection, type SectionId } from './rulebook.ts';

/**
 * Identifies the rulebook of a verdict or audit record: the versions of its documents and the SHA-256 of its content.
 */
export const rulebookIdentitySchema = z.object({
  tlsBr: z.string(),
  smimeBr: z.string(),
  /** Lower-case hexadecimal, over {@link canonicalJson} of the rulebook. */
  digest: z.string(),
});
export interface RulebookIdentity extends Readonly<z.infer<typeof rulebookIdentitySchema>> {}

/** The citation of sections of one document, for messages and evidence: document, then the numbers with commas. */
export function cite(first: SectionId, ...more: readonly SectionId[]): string {
  const { document }: RuleSection = RULEBOOK.sections[first];
  const { short }: RuleDocument = RULEBOOK.documents[document];
  return `${short} ${[first, ...more].map((id) => RULEBOOK.sections[id].number).join(', ')}`;
}

/** The citation of the corroboration rule for a certificate type: the S/MIME BR refer to the TLS BR. */
export function citeMpic(certificateType: CertificateType): string {
  return certificateType === 's-mime' ? `${cite('smime-mpic')} with ${cite('mpic')}` : cite('mpic');
}

let identity: RulebookIdentity | null = null;

export function rulebookIdentity(): RulebookIdentity {
  identity ??= {
    tlsBr: RULEBOOK.documents['tls-br'].version,
    smimeBr: RULEBOOK.documents['smime-br'].version,
    digest: createHash('sha256').update(canonicalJson(RULEBOOK)).digest('hex'),
  };
  return identity;
}

/** JSON with the members of every object sorted by name, so that equal data has equal text. */
function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`).join(',')}}`;
}
