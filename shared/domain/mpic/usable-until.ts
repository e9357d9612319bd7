import type { CertificateType, ValidationMethod } from '../check/check.ts';
import type { CheckDetails, CheckResult } from '../check/check-result.ts';
import type { PerspectiveCode } from '../check/perspective.ts';
import { METHOD_RULES, methodsOf } from '../dcv/methods.ts';
import { RULEBOOK } from '../rules/rulebook.ts';
import { type ReusePeriod, reusePeriods } from '../rules/rules.ts';
import { type AttemptVerdict, orderOf, type RequestRecord } from './lifecycle.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** RFC 2181 section 8: a TTL longer than 31 bits counts as 0. */
const MAX_TTL_SECONDS = 2_147_483_647;

/**
 * Until when a certificate may be issued on a verdict, Unix milliseconds; null if the verdict does not satisfy the
 * rules. The period counts from the acceptance of the request, by the clock of the home region: no observation is
 * older, and no perspective can influence it.
 *
 * @param results must include those that the verdict is based on, and may include others. Null if one is missing.
 */
export function usableUntil(
  record: RequestRecord,
  verdict: AttemptVerdict,
  results: readonly CheckResult[],
): number | null {
  if (!verdict.isValid || !verdict.baseline.satisfied) return null;
  const detailsOf = (code: PerspectiveCode) =>
    results.find(({ attempt, perspective }) => attempt === verdict.attempt && perspective === code)?.details;
  const remote = verdict.corroborating.flatMap((code) => detailsOf(code) ?? []);
  const primary = record.primary === null ? [] : [detailsOf(record.primary) ?? []].flat();
  if (remote.length < Math.max(1, verdict.corroborating.length)) return null;
  if (record.primary !== null && primary.length === 0) return null;

  const { check, createdAt } = record;
  // A contact proves no control: a certificate is issued on the validation that uses it.
  if (check.checkType === 'contacts') return null;
  const agreed = (read: (seen: CheckDetails) => number) =>
    Math.min(vouchedFor(remote.map(read), verdict.baseline.required), ...primary.map(read));
  if (check.checkType === 'caa') return caaUsableUntil(createdAt, agreed(ttlOf));
  const end = agreed(persistEndOf);
  return validationUsableUntil({
    startedAt: createdAt,
    methods: methodsOf(check),
    certificateType: orderOf(record).certificateType,
    persistUntil: end === Number.POSITIVE_INFINITY ? null : end * SECOND_MS,
  });
}

/**
 * The largest value such that as many corroborating perspectives as the quorum requires saw that value or more. One
 * perspective beyond the quorum can neither extend nor shorten the period that the others support.
 */
function vouchedFor(values: readonly number[], required: number): number {
  const falling = values.toSorted((one, other) => (one < other ? 1 : -1));
  return falling[Math.min(Math.max(required, 1), falling.length) - 1] ?? 0;
}

/**
 * TTL of the CAA set that a perspective saw, seconds; 0 if it saw none, because a denial does not extend the period.
 */
function ttlOf(seen: CheckDetails): number {
  return seen.kind === 'caa' && seen.recordPresent === true ? (seen.dns.ttl ?? 0) : 0;
}

/** Last Unix second at which the persistent record that a perspective saw may be used. */
function persistEndOf(seen: CheckDetails): number {
  return (seen.kind === 'dns' ? seen.persistUntil : null) ?? Number.POSITIVE_INFINITY;
}

/** The facts that limit the use of a validation. Times are Unix milliseconds. */
export interface Validation {
  /** Start of the validation; the limits count from here, not from its end. */
  readonly startedAt: number;
  /** Every method that it uses. */
  readonly methods: readonly ValidationMethod[];
  readonly certificateType: CertificateType;
  /** The last instant at which the persistent record may be used; null if the record has no end. */
  readonly persistUntil: number | null;
}

/**
 * The last second at which a certificate may be issued on a validation, or null if there is none.
 *
 * For a certificate issued at `i`, `i - startedAt` must be at most the limit of the day of `i`, and `i` must be before
 * the end of the method, which also ends its earlier validations (TLS BR 4.2.1 [reuse], S/MIME BR 4.2.1 [smime-reuse]).
 */
export function validationUsableUntil(validation: Validation): number | null {
  const { startedAt, methods, certificateType, persistUntil } = validation;
  const rules = methods.map((method) => METHOD_RULES[method]);
  const ends = rules.flatMap(({ endsOn }) => (endsOn === null ? [] : [Date.parse(endsOn) - SECOND_MS]));
  const methodDays = rules.flatMap(({ reuseDays }) => reuseDays ?? []);
  const lastUse = Math.min(...ends, persistUntil ?? Number.POSITIVE_INFINITY);

  const latest = periodsOf(certificateType).flatMap(({ from, until, days }) => {
    const inTime = startedAt + Math.min(days, ...methodDays) * DAY_MS;
    const last = Math.min(inTime, until - SECOND_MS, lastUse);
    return last >= Math.max(from, startedAt) ? [last] : [];
  });
  return latest.length === 0 ? null : toSecond(Math.max(...latest));
}

function periodsOf(certificateType: CertificateType): readonly ReusePeriod[] {
  if (certificateType === 'tls-server') return reusePeriods();
  const days = RULEBOOK.smime.domainReuseDays;
  return [{ from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, days }];
}

/**
 * The last second at which a certificate may be issued on a CAA check: the TTL or eight hours after it, whichever is
 * longer (TLS BR 4.2.2.1 [caa], S/MIME BR 4.2.2.1 [smime-caa]).
 *
 * @param ttlSeconds of the records that permit issuance; null if there are none.
 */
export function caaUsableUntil(checkedAt: number, ttlSeconds: number | null): number {
  const least = RULEBOOK.caa.useHours * HOUR_MS;
  const ttl = ttlSeconds === null || ttlSeconds > MAX_TTL_SECONDS ? 0 : ttlSeconds;
  return toSecond(checkedAt + Math.max(ttl * SECOND_MS, least));
}

/**
 * Until when the remote corroboration of a CAA check may be reused for the same applicant and the same name or one
 * below it, after a certificate was issued on it (TLS BR 3.2.2.9 [mpic]). The primary perspective still checks each
 * time. This service never reuses a corroboration: each of its verdicts is based on its own observations.
 */
export function corroborationUsableUntil(issuedAt: number): number {
  return toSecond(issuedAt + RULEBOOK.mpic.caaReuseDays * DAY_MS);
}

/** Whole seconds, as in certificates, rounded down, which is stricter. */
function toSecond(unixMs: number): number {
  return Math.floor(unixMs / SECOND_MS) * SECOND_MS;
}
