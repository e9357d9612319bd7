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

/** RFC 2181 section 8: a TTL beyond 31 bits is taken for 0. */
const MAX_TTL_SECONDS = 2_147_483_647;

/**
 * Until when a certificate may be issued on a verdict, Unix milliseconds; null when it may not be at all, since the verdict
 * does not satisfy the rules. It counts from the acceptance of the request, by the clock of the home region: no observation
 * is older, and no perspective has a say in it.
 *
 * @param results those that the verdict rests on, others may be among them. Should one be missing, nothing is usable.
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
 * The largest value that as many corroborations as the quorum needs bear out: each of them saw that or more. So one
 * perspective more than the quorum can neither lengthen nor shorten what the others saw.
 */
function vouchedFor(values: readonly number[], required: number): number {
  const falling = values.toSorted((one, other) => (one < other ? 1 : -1));
  return falling[Math.min(Math.max(required, 1), falling.length) - 1] ?? 0;
}

/** TTL of the CAA set that a perspective saw, seconds; 0 where it saw none, since a denial extends nothing. */
function ttlOf(seen: CheckDetails): number {
  return seen.kind === 'caa' && seen.recordPresent === true ? (seen.dns.ttl ?? 0) : 0;
}

/** The last Unix second at which the persistent record that a perspective saw may be used. */
function persistEndOf(seen: CheckDetails): number {
  return (seen.kind === 'dns' ? seen.persistUntil : null) ?? Number.POSITIVE_INFINITY;
}

/** A validation whose use is limited. Times are Unix milliseconds. */
export interface Validation {
  /** When the validation began: its limits count from there, not from its end. */
  readonly startedAt: number;
  /** Every method that it rests on. */
  readonly methods: readonly ValidationMethod[];
  readonly certificateType: CertificateType;
  /** The last instant at which the persistent record that was found may be used; null: the record does not say. */
  readonly persistUntil: number | null;
}

/**
 * The last second at which a certificate may be issued on a validation, or null when there is none.
 *
 * A certificate issued at `i` needs `i - startedAt` to be at most the limit of the day of `i`, and `i` to be before the
 * end of the method, whose former validations end with it (TLS BR 4.2.1 [reuse], S/MIME BR 4.2.1 [smime-reuse]).
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
 * The last second at which a certificate may be issued on a CAA check: its TTL after it, or eight hours where that is
 * longer (TLS BR 4.2.2.1 [caa], S/MIME BR 4.2.2.1 [smime-caa]).
 *
 * @param ttlSeconds of the records that permit; null when there are none.
 */
export function caaUsableUntil(checkedAt: number, ttlSeconds: number | null): number {
  const least = RULEBOOK.caa.useHours * HOUR_MS;
  const ttl = ttlSeconds === null || ttlSeconds > MAX_TTL_SECONDS ? 0 : ttlSeconds;
  return toSecond(checkedAt + Math.max(ttl * SECOND_MS, least));
}

/**
 * Until when the remote corroboration of a CAA check may stand for another one of the same applicant, for the same name or
 * one below it, after a certificate was issued on it (TLS BR 3.2.2.9 [mpic]). The primary perspective checks each time.
 * This service never does so: each of its verdicts rests on observations of its own.
 */
export function corroborationUsableUntil(issuedAt: number): number {
  return toSecond(issuedAt + RULEBOOK.mpic.caaReuseDays * DAY_MS);
}

/** Whole seconds, as certificates have them; the strict side of a fraction. */
function toSecond(unixMs: number): number {
  return Math.floor(unixMs / SECOND_MS) * SECOND_MS;
}
