import { METHOD_RULES } from '../dcv/methods.ts';
import type { CertificateType, ValidationMethod } from './check.ts';
import { RULEBOOK } from './rulebook.ts';
import { type ReusePeriod, reusePeriods } from './rules.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

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
  return toSecond(checkedAt + Math.max((ttlSeconds ?? 0) * SECOND_MS, least));
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
