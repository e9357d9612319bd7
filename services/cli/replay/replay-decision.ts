import * as z from 'zod';
import { perspectiveRecordSchema, quorumRecordSchema } from '../../../shared/contract/audit/audit-schema.ts';
import { contactCodec, primaryCodec } from '../../../shared/contract/evidence/baseline.ts';
import { DNSSEC_STATUSES } from '../../../shared/domain/check/check.ts';
import type { SeenLookups } from '../../../shared/domain/check/dnssec-status.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import { isMethodEnded } from '../../../shared/domain/dcv/methods.ts';
import {
  type DecisionInput,
  decide,
  type Finding,
  type PrimaryState,
  primaryPasses,
} from '../../../shared/domain/mpic/decision.ts';
import {
  corroboratedContacts,
  decideContacts,
  type SeenContacts,
  supportsContacts,
} from '../../../shared/domain/mpic/judge-contacts.ts';
import { isTooLate } from '../../../shared/domain/mpic/lifecycle.ts';
import { rulesOfDay } from '../../../shared/domain/rules/rules.ts';

const dnssec = z.enum(DNSSEC_STATUSES);

/** What a replay needs of a `perspective-check` record; the record has more. */
export const replayedPerspectiveSchema = perspectiveRecordSchema
  .pick({
    mpic_id: true,
    attempt: true,
    perspective: true,
    rir: true,
    result: true,
    check_completed: true,
    corroborates: true,
    counted: true,
    allowed_networks: true,
  })
  .extend({
    mpic_id: z.string(),
    details: z
      .object({
        kind: z.string(),
        dns: z.object({ dnssec_status: dnssec.nullable() }).nullish(),
        contacts: z.array(z.string()).nullish(),
      })
      .nullable(),
    adn_lookups: z.array(z.object({ dnssec_status: dnssec })),
  });
export type ReplayedPerspective = z.infer<typeof replayedPerspectiveSchema>;

/** What a replay needs of a `quorum-decision` record; the record has more. */
export const replayedQuorumSchema = quorumRecordSchema
  .pick({
    mpic_id: true,
    attempt: true,
    time: true,
    checked_identifier: true,
    check_type: true,
    validation_method: true,
    rulebook: true,
    policy: true,
    mode: true,
    quorum: true,
    is_valid: true,
    baseline_satisfied: true,
    reasons: true,
    required: true,
    quorum_count: true,
    minimum_perspectives: true,
    rirs: true,
    rules_as_of: true,
    shared_host: true,
    perspectives: true,
    corroborating: true,
    contacts: true,
  })
  .extend({
    mpic_id: z.string(),
    time: z.iso.datetime(),
    /** Absent in records of versions that set no limit to the age of what they decided on. */
    attempt_deadline: z.iso.datetime().optional(),
    adn_steps: z.array(z.object({ step: z.string() })).nullable(),
    rulebook: z
      .object({ tls_br: z.string(), digest: z.string(), smime_br: z.string().optional() })
      .nullable(),
    quorum: z.string(),
    reasons: z.array(z.string()),
    rirs: z.array(z.string()),
    primary: z.object({
      status: z.enum(['not-declared', 'site', 'pending', 'passed', 'failed']),
      name: z.string().optional(),
      perspective_code: z.string().optional(),
    }),
  });
export type ReplayedQuorum = z.infer<typeof replayedQuorumSchema>;

/** Members of the quorum record that follow from the observations, the request and the rules. */
const DECIDED = [
  'is_valid',
  'baseline_satisfied',
  'reasons',
  'quorum',
  'required',
  'minimum_perspectives',
  'rirs',
  'corroborating',
  'contacts',
  'primary',
] as const;

export interface Difference {
  readonly member: (typeof DECIDED)[number];
  readonly recorded: unknown;
  readonly replayed: unknown;
}

export type Replay =
  | { readonly ok: true; readonly rulesAsOf: string; readonly differences: readonly Difference[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Decide an attempt once more from its audit records, under the rules of the recorded day or of `asOf` (`YYYY-MM-DD`).
 *
 * What each perspective observed is taken from the records: it is the decision that is repeated, not the looking.
 *
 * @param perspectives the `perspective-check` records of the attempt, by perspective
 */
export function replayDecision(
  quorum: ReplayedQuorum,
  perspectives: ReadonlyMap<PerspectiveCode, ReplayedPerspective>,
  asOf: string | null,
): Replay {
  const missing = askedOf(quorum).filter((code) => !perspectives.has(code));
  if (missing.length > 0)
    return { ok: false, problem: `no perspective-check record of ${missing.join(', ')}` };
  const homeless = quorum.perspectives.filter((code) => perspectives.get(code)?.rir === null);
  if (homeless.length > 0)
    return { ok: false, problem: `no RIR region in the record of ${homeless.join(', ')}` };

  const rulesAsOf = asOf ?? quorum.rules_as_of;
  const decided = decideAgain(inputOf(quorum, perspectives, rulesAsOf), quorum, seenIn(quorum, perspectives));
  return {
    ok: true,
    rulesAsOf,
    differences: DECIDED.flatMap((member) => {
      const [recorded, replayed] = [quorum[member], decided[member]];
      return JSON.stringify(recorded) === JSON.stringify(replayed) ? [] : [{ member, recorded, replayed }];
    }),
  };
}

/** What a record says of the decision; equal for records that say the same. */
export function decisionText(quorum: ReplayedQuorum): string {
  return JSON.stringify(DECIDED.map((member) => quorum[member]));
}

/** Every perspective asked, the primary one included. */
export function askedOf({ perspectives, primary }: ReplayedQuorum): readonly PerspectiveCode[] {
  return primary.perspective_code === undefined ? perspectives : [...perspectives, primary.perspective_code];
}

function inputOf(
  quorum: ReplayedQuorum,
  perspectives: ReadonlyMap<PerspectiveCode, ReplayedPerspective>,
  rulesAsOf: string,
): Omit<DecisionInput, 'final'> {
  const rules = rulesOfDay(rulesAsOf);
  const counted = [...perspectives].filter(([, { counted }]) => counted);
  const day = new Date(rulesAsOf);
  const isReverse = quorum.adn_steps?.some(({ step }) => step === 'ptr') ?? false;
  const methods = [
    ...(quorum.validation_method === null ? [] : [quorum.validation_method]),
    ...(isReverse ? (['reverse-address-lookup'] as const) : []),
  ];
  return {
    policy: quorum.policy,
    rules,
    cohort: quorum.perspectives.flatMap((code) => {
      const rir = perspectives.get(code)?.rir ?? null;
      return rir === null ? [] : [{ code, rir }];
    }),
    quorumCount: quorum.quorum_count,
    monitoring: quorum.mode === 'monitoring',
    methodEnded: methods.some((method) => isMethodEnded(method, day)),
    tooLate:
      quorum.attempt_deadline !== undefined &&
      isTooLate(Date.parse(quorum.attempt_deadline), Date.parse(quorum.time)),
    findings: new Map(counted.map(([code, record]) => [code, findingOf(record)])),
    primary: primaryOf(quorum, perspectives, (result) => primaryPasses(quorum.policy, rules, result)),
    sharedHost: quorum.shared_host,
  };
}

const PASSES: readonly ReplayedPerspective['result'][] = ['dcv-pass', 'caa-permission', 'contacts-found'];

/** The contacts that each counted perspective reported; null if the check was not one for contacts. */
function seenIn(
  { check_type: checkType }: ReplayedQuorum,
  perspectives: ReadonlyMap<PerspectiveCode, ReplayedPerspective>,
): SeenContacts | null {
  if (checkType !== 'contacts') return null;
  return new Map(
    [...perspectives].map(([code, record]) => {
      const isSupported = record.counted && supportsContacts(findingOf(record));
      return [code, new Set(isSupported ? (record.details?.contacts ?? []) : [])];
    }),
  );
}

function findingOf(record: ReplayedPerspective): Finding & SeenLookups {
  return {
    passed: PASSES.includes(record.result),
    corroborates: record.corroborates,
    completed: record.check_completed,
    allowedNetworks: record.allowed_networks,
    details: toSeen(record.details),
    adnLookups: record.adn_lookups.map(({ dnssec_status }) => ({ dnssec: dnssec_status })),
  };
}

function toSeen(details: ReplayedPerspective['details']): SeenLookups['details'] {
  if (details === null) return { kind: 'none' };
  const { kind, dns } = details;
  return { kind, dns: dns && { dnssec: dns.dnssec_status } };
}

function primaryOf(
  { primary: { status, name, perspective_code: code } }: ReplayedQuorum,
  perspectives: ReadonlyMap<PerspectiveCode, ReplayedPerspective>,
  passes: (result: Finding & SeenLookups) => boolean,
): PrimaryState {
  if (code === undefined)
    return status === 'site' ? { status, name: name ?? '' } : { status: 'not-declared' };
  const record = perspectives.get(code);
  if (record?.counted !== true) return { status: 'pending', code };
  return { status: passes(findingOf(record)) ? 'passed' : 'failed', code };
}

/**
 * A decision that some perspective did not take part in was made early, when nothing could change it any more, or at its
 * deadline. A silent primary perspective has failed at the deadline only, so its recorded state tells the two apart.
 */
function decideAgain(
  input: Omit<DecisionInput, 'final'>,
  recorded: ReplayedQuorum,
  seen: SeenContacts | null,
) {
  const decideBy = (whole: DecisionInput) => (seen === null ? decide(whole) : decideContacts(whole, seen));
  const early = decideBy({ ...input, final: false });
  const atDeadline = decideBy({ ...input, final: true });
  if (atDeadline.status !== 'settled') throw new Error('a final decision is always settled');
  const isAtDeadline = input.primary.status === 'pending' && recorded.primary.status === 'failed';
  const settled = early.status === 'settled' && !isAtDeadline ? early : atDeadline;
  const { baseline } = settled;
  return {
    is_valid: settled.isValid,
    baseline_satisfied: baseline.satisfied,
    reasons: baseline.reasons,
    quorum: baseline.quorum,
    required: baseline.required,
    minimum_perspectives: baseline.minimumPerspectives,
    rirs: baseline.rirs,
    corroborating: settled.corroborating,
    contacts:
      seen === null
        ? undefined
        : (settled.isValid ? corroboratedContacts(input, seen) : []).map(contactCodec.encode),
    primary: baseline.primary && primaryCodec.encode(baseline.primary),
  };
}
