import * as z from 'zod';
import { CONTACT_PROBLEMS, type ContactsDetails } from '../../domain/check/check-result.ts';
import { RIRS } from '../../domain/check/perspective.ts';
import { byOctets } from '../../domain/dcv/contact-list.ts';
import type { AttemptVerdict } from '../../domain/mpic/lifecycle.ts';
import { readableResults } from '../../domain/mpic/votes.ts';

/** Most contacts and malformed values that an answer lists beside those that are corroborated. */
const MAX_UNCORROBORATED = 100;
const MAX_MALFORMED_VALUES = 50;

const codes = z.array(z.string()).readonly();

/** What a contacts check found, over all perspectives of the last attempt. */
export const contactsReportSchema = z.object({
  /** Seen by the quorum, in the order of their octets. Only these may be used. */
  corroborated: z
    .array(
      z.object({
        contact: z.string(),
        /** Corroborations out of all perspectives asked, for instance `5/6`. */
        quorum: z.string(),
        perspectives: codes,
        rirs: z.array(z.enum(RIRS)).readonly(),
        baseline_satisfied: z.boolean(),
      }),
    )
    .readonly(),
  /** Seen by too few; any of them may be made up. Those that most perspectives saw first. */
  not_corroborated: z.array(z.object({ contact: z.string(), perspectives: codes })).readonly(),
  /** Published values that are not contacts. */
  malformed: z
    .array(z.object({ value: z.string(), problem: z.enum(CONTACT_PROBLEMS), perspectives: codes }))
    .readonly(),
  /** True when there was more than is listed, here or at a perspective. */
  truncated: z.boolean(),
});
export interface ContactsReport extends Readonly<z.infer<typeof contactsReportSchema>> {}

interface Seen {
  readonly perspective: string;
  readonly details: ContactsDetails;
}

/** The report of a verdict: corroborated is what was stored with it, the rest what its counted results say. */
export function toContactsReport(verdict: AttemptVerdict): ContactsReport {
  const corroborated = verdict.contacts ?? [];
  const seen = readableResults(verdict.results).flatMap(({ perspective, details }): readonly Seen[] =>
    details.kind === 'contacts' ? [{ perspective, details }] : [],
  );
  const known = new Set(corroborated.map(({ contact }) => contact));
  const others = groupBy(seen, ({ contacts }) =>
    (contacts ?? [])
      .filter((contact) => !known.has(contact))
      .map((contact) => [contact, { contact }] as const),
  );
  const malformed = groupBy(seen, (details) =>
    details.malformed.map((value) => [`${value.problem} ${value.value}`, value] as const),
  );
  return {
    corroborated: corroborated.map(({ contact, quorum, corroborating, rirs, satisfied }) => ({
      contact,
      quorum,
      perspectives: corroborating,
      rirs,
      baseline_satisfied: satisfied,
    })),
    not_corroborated: others.slice(0, MAX_UNCORROBORATED),
    malformed: malformed.slice(0, MAX_MALFORMED_VALUES),
    truncated:
      others.length > MAX_UNCORROBORATED ||
      malformed.length > MAX_MALFORMED_VALUES ||
      seen.some(({ details }) => details.valuesTruncated),
  };
}

/** Each value with the perspectives that reported it; the values that most of them reported first. */
function groupBy<Value extends object>(
  seen: readonly Seen[],
  valuesOf: (details: ContactsDetails) => readonly (readonly [key: string, value: Value])[],
): readonly (Value & { readonly perspectives: readonly string[] })[] {
  const groups = new Map<string, { readonly value: Value; readonly perspectives: Set<string> }>();
  for (const { perspective, details } of seen) {
    for (const [key, value] of valuesOf(details)) {
      const group = groups.get(key) ?? { value, perspectives: new Set() };
      groups.set(key, group);
      group.perspectives.add(perspective);
    }
  }
  return [...groups]
    .sort(
      ([one, { perspectives }], [other, group]) =>
        group.perspectives.size - perspectives.size || byOctets(one, other),
    )
    .map(([, { value, perspectives }]) => ({ ...value, perspectives: [...perspectives] }));
}
