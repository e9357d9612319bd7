import * as z from 'zod';
import { CERTIFICATE_TYPES, checkSchema, policySchema } from '../check/check.ts';
import { type PerspectiveCode, RIRS } from '../check/perspective.ts';
import { storedResultSchema } from '../check/stored-result.ts';
import { adnStepSchema } from '../dcv/adn.ts';
import { cohortInTurn } from './cohort.ts';
import { baselineReportSchema, type CohortMember, cohortMemberSchema } from './decision.ts';

const code = z.string();
const codes = z.array(code).readonly();

/** A corroborated contact of a contacts check. */
export const contactVerdictSchema = z.object({
  /** In canonical form. */
  contact: z.string(),
  /** The remote perspectives that saw it, in cohort order. */
  corroborating: codes,
  /** Corroborations out of all perspectives that received a job, for instance `5/6`. */
  quorum: z.string(),
  rirs: z.array(z.enum(RIRS)).readonly(),
  /** Whether the corroboration of this contact satisfies the Baseline Requirements. */
  satisfied: z.boolean(),
});
export interface ContactVerdict extends Readonly<z.infer<typeof contactVerdictSchema>> {}

/** The verdict of one attempt. Written once, never changed. */
export const attemptVerdictSchema = z.object({
  attempt: z.int().min(1),
  /** Token of the start of the attempt; null in verdicts of versions before this member. */
  attemptToken: z.string().nullable().default(null),
  startedAt: z.number(),
  decidedAt: z.number(),
  isValid: z.boolean(),
  mpicCompleted: z.boolean(),
  /** Perspectives whose results were counted, in cohort order; the others gave no result. */
  counted: codes,
  corroborating: codes,
  baseline: baselineReportSchema,
  /** The contacts that the quorum corroborates; only of a contacts check. */
  contacts: z.array(contactVerdictSchema).readonly().optional(),
  /**
   * The counted results, in the order of `counted`: a copy stored with the verdict, where no perspective can write.
   * Responses, events and audit records are built from these. Empty in verdicts of the previous version, which stored
   * only the codes.
   */
  results: z.array(storedResultSchema).readonly(),
});
export interface AttemptVerdict extends Readonly<z.infer<typeof attemptVerdictSchema>> {}

/** Members of the response that repeat the request, with the caller's wire names. */
const requestEchoSchema = z.object({
  domainOrIpTarget: z.string(),
  orchestrationParameters: z.record(z.string(), z.number().nullable()).readonly().nullable(),
  /** `caa_check_parameters` or `dcv_check_parameters`, by check type. */
  checkParameters: z.record(z.string(), z.unknown()).readonly().nullable(),
  /** The order members of the request; absent in records of earlier versions. */
  order: z.record(z.string(), z.unknown()).readonly().optional(),
});
export interface RequestEcho extends Readonly<z.infer<typeof requestEchoSchema>> {}

/** The order that a check is for, as far as the caller described it, validated. */
const orderFactsSchema = z.object({
  /** The caller's name for the order, which groups the checks of one order. */
  reference: z.string().nullable(),
  /** The applied-for name or address, in the form of `checked_identifier`; null if the request does not have it. */
  appliedFor: z.string().nullable(),
  /** The steps from there to the target, as sent and found to be allowed; null if the request does not have them. */
  adnSteps: z.array(adnStepSchema).readonly().nullable(),
  /** Type of the certificate. */
  certificateType: z.enum(CERTIFICATE_TYPES),
});
export interface OrderFacts extends Readonly<z.infer<typeof orderFactsSchema>> {}

/** The members of a request that are fixed when it is accepted. Times are Unix milliseconds. */
export const requestFactsSchema = z.object({
  requestId: z.string(),
  /** Name of the API key, or `anonymous`. */
  caller: z.string(),
  traceIdentifier: z.string().nullable(),
  /** The request members as the Open MPIC response echoes them, wire names, defaults filled in. */
  echo: requestEchoSchema,
  /** Paths of unknown members that were ignored, escaped and bounded. */
  ignoredMembers: z.array(z.string()).readonly().default([]),
  /** SHA-256 of the request body as received, hexadecimal. */
  requestDigest: z.string(),
  check: checkSchema,
  /** Absent in records of earlier versions; read it with {@link orderOf}. */
  order: orderFactsSchema.optional(),
  policy: policySchema,
  monitoring: z.boolean(),
  /**
   * UTC date whose rules apply: the date of the latest possible end, so that the stricter rules apply around a date.
   */
  rulesAsOf: z.string(),
  quorumCount: z.int(),
  maxAttempts: z.int().min(1),
  /** One cohort per attempt, in order of use, as at dispatch: later configuration changes do not affect it. */
  cohorts: z.array(z.array(cohortMemberSchema).readonly()).min(1).readonly(),
  /**
   * The designated primary perspective, which checks in every attempt and is never part of N; null if there is none.
   */
  primary: code.nullable(),
  /** Name of the CA's own site, if that is the declared primary perspective; it makes no check in this service. */
  primarySite: z.string().nullable().default(null),
  /** True if all perspectives run on one machine, for trials and tests, whatever the coordinates say. */
  sharedHost: z.boolean(),
  /** True if the caller fetches the response later with `GET /mpic/<id>`. */
  async: z.boolean(),
  createdAt: z.number(),
  /** Time-out of one attempt, from dispatch to the deadline message. */
  attemptTimeoutMs: z.number(),
});
export interface RequestFacts extends Readonly<z.infer<typeof requestFactsSchema>> {}

const NO_ORDER: OrderFacts = {
  reference: null,
  appliedFor: null,
  adnSteps: null,
  certificateType: 'tls-server',
};

/** The order of a request; for records of earlier versions the defaults. */
export function orderOf({ order, check }: Pick<RequestFacts, 'order' | 'check'>): OrderFacts {
  if (order !== undefined) return order;
  return check.checkType === 'caa' ? { ...NO_ORDER, certificateType: check.caa.certificateType } : NO_ORDER;
}

export const REQUEST_STATUSES = ['running', 'completed'] as const;

/** The members that change. Every change is one conditional write. */
export const requestStateSchema = z.object({
  status: z.enum(REQUEST_STATUSES),
  /** Number of the current attempt, or of the last one; starts at 1. */
  attempt: z.int().min(1),
  /**
   * Generated at each start of an attempt. Deadline messages, jobs and results carry it, and those of another start of
   * the same attempt are ignored. Null in requests of versions before this member.
   */
  attemptToken: z.string().nullable(),
  attemptStartedAt: z.number(),
  attemptDeadline: z.number(),
  /** Verdicts of finished attempts, in order. */
  verdicts: z.array(attemptVerdictSchema).readonly(),
  completedAt: z.number().nullable(),
  /** True once the completion event and the audit records are confirmed as written. */
  published: z.boolean(),
});
export interface RequestState extends Readonly<z.infer<typeof requestStateSchema>> {}

export type RequestRecord = RequestFacts & RequestState;

/** The cohort of `attempt`; if there are fewer cohorts than attempts, they are reused from the first. */
export function cohortOfAttempt(facts: RequestFacts, attempt: number): readonly CohortMember[] {
  const cohort = cohortInTurn(facts.cohorts, attempt);
  if (cohort === null) throw new Error(`request ${facts.requestId} has no cohort for attempt ${attempt}`);
  return cohort;
}

/** Every perspective that receives a job in `attempt`: the cohort, then the designated primary if there is one. */
export function perspectivesAsked(facts: RequestFacts, attempt: number): readonly PerspectiveCode[] {
  const codes = cohortOfAttempt(facts, attempt).map((member) => member.code);
  return facts.primary === null ? codes : [...codes, facts.primary];
}

/** The token of the start of `attempt`, which may be the current or a finished one. */
export function tokenOfAttempt(record: RequestRecord, attempt: number): string | null {
  const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
  return verdict === undefined ? record.attemptToken : verdict.attemptToken;
}

/**
 * How long after its deadline an attempt may still be decided, milliseconds. Later, its observations are too old to be
 * reported as new, whatever caused the delay.
 */
export const DECISION_GRACE_MS = 60_000;

/** Whether an attempt with this deadline is decided too late to count, both by the clock of the home region. */
export function isTooLate(deadline: number, decidedAt: number): boolean {
  return decidedAt > deadline + DECISION_GRACE_MS;
}

/** Latest time at which an attempt of a request accepted at `createdAt` can be decided, Unix milliseconds. */
export function latestDecision(createdAt: number, attempts: number, attemptTimeoutMs: number): number {
  return createdAt + attempts * (attemptTimeoutMs + DECISION_GRACE_MS);
}

/**
 * Whether an attempt that begins at `now` ends before the request's latest decision time: the rules, the age of the
 * challenge and the end of the method were checked for that time.
 */
export function hasTimeForAnother(
  { attempt, maxAttempts, createdAt, attemptTimeoutMs }: RequestRecord,
  now: number,
): boolean {
  const end = now + attemptTimeoutMs + DECISION_GRACE_MS;
  return attempt < maxAttempts && end <= latestDecision(createdAt, maxAttempts, attemptTimeoutMs);
}

/** Latest time at which a running request can end by the service's own deadlines, Unix milliseconds. */
export function finalDeadline(record: RequestRecord): number {
  return record.attemptDeadline + (record.maxAttempts - record.attempt) * record.attemptTimeoutMs;
}
