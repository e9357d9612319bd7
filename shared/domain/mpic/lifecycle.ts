import * as z from 'zod';
import { CERTIFICATE_TYPES, checkSchema, policySchema } from '../check/check.ts';
import type { PerspectiveCode } from '../check/perspective.ts';
import { storedResultSchema } from '../check/stored-result.ts';
import { adnStepSchema } from '../dcv/adn.ts';
import { cohortInTurn } from './cohort.ts';
import { baselineReportSchema, type CohortMember, cohortMemberSchema } from './decision.ts';

const code = z.string();
const codes = z.array(code).readonly();

/** What one attempt came to. Written once, never changed. */
export const attemptVerdictSchema = z.object({
  attempt: z.int().min(1),
  /** Of the start of the attempt; null for a verdict of a version before this member. */
  attemptToken: z.string().nullable().default(null),
  startedAt: z.number(),
  decidedAt: z.number(),
  isValid: z.boolean(),
  mpicCompleted: z.boolean(),
  /** Perspectives whose results were counted, in cohort order; everyone else was silent. */
  counted: codes,
  corroborating: codes,
  baseline: baselineReportSchema,
  /**
   * What was counted, in the order of `counted`: frozen with the verdict, where no perspective can write. Answers, events and
   * records are made of these. Empty for a verdict of the version before, which named the perspectives only.
   */
  results: z.array(storedResultSchema).readonly(),
});
export interface AttemptVerdict extends Readonly<z.infer<typeof attemptVerdictSchema>> {}

/** Members of the response that repeat the request (wire names: they are the caller's own words). */
const requestEchoSchema = z.object({
  domainOrIpTarget: z.string(),
  orchestrationParameters: z.record(z.string(), z.number().nullable()).readonly().nullable(),
  /** `caa_check_parameters` or `dcv_check_parameters`, whichever belongs to the check type. */
  checkParameters: z.record(z.string(), z.unknown()).readonly().nullable(),
  /** What was said of the order, member by member; absent in records of former versions. */
  order: z.record(z.string(), z.unknown()).readonly().optional(),
});
export interface RequestEcho extends Readonly<z.infer<typeof requestEchoSchema>> {}

/** The order that a check is for, as far as the caller said, checked. */
const orderFactsSchema = z.object({
  /** The caller's own name for it, by which the checks of one order are put together. */
  reference: z.string().nullable(),
  /** The name or address that was applied for, in the form of `checked_identifier`; null when the caller did not say. */
  appliedFor: z.string().nullable(),
  /** The steps from there to the target, as told and found to be allowed; null when the caller did not say. */
  adnSteps: z.array(adnStepSchema).readonly().nullable(),
  /** What the certificate is for. */
  certificateType: z.enum(CERTIFICATE_TYPES),
});
export interface OrderFacts extends Readonly<z.infer<typeof orderFactsSchema>> {}

/** The part of a request that is fixed when it is accepted. Times are Unix milliseconds. */
export const requestFactsSchema = z.object({
  requestId: z.string(),
  /** Name of the API key, or `anonymous`. */
  caller: z.string(),
  traceIdentifier: z.string().nullable(),
  /** The request members as the Open MPIC response echoes them, wire names, defaults filled in. */
  echo: requestEchoSchema,
  /** Paths of members that the API does not know and that were left out, escaped and bounded. */
  ignoredMembers: z.array(z.string()).readonly().default([]),
  /** SHA-256 of the request body as received, hexadecimal. */
  requestDigest: z.string(),
  check: checkSchema,
  /** Absent in records of former versions: {@link orderOf}. */
  order: orderFactsSchema.optional(),
  policy: policySchema,
  monitoring: z.boolean(),
  /** UTC date whose rules apply: that of the latest possible end, so that the stricter side of a date wins. */
  rulesAsOf: z.string(),
  quorumCount: z.int(),
  maxAttempts: z.int().min(1),
  /** One cohort per attempt, in order of use, as it stood at dispatch: later configuration changes do not touch it. */
  cohorts: z.array(z.array(cohortMemberSchema).readonly()).min(1).readonly(),
  /** The designated primary perspective, which sees every attempt and is never part of N; null when there is none. */
  primary: code.nullable(),
  /** Name of the CA's own site, where that is the declared primary perspective; it takes no part in requests. */
  primarySite: z.string().nullable().default(null),
  /** True when every perspective looked from one machine: a place to try and to test, whatever the coordinates say. */
  sharedHost: z.boolean(),
  /** True when the answer is collected later with `GET /mpic/<id>`. */
  async: z.boolean(),
  createdAt: z.number(),
  /** How long one attempt may take, from dispatch to the deadline message. */
  attemptTimeoutMs: z.number(),
});
export interface RequestFacts extends Readonly<z.infer<typeof requestFactsSchema>> {}

const NO_ORDER: OrderFacts = {
  reference: null,
  appliedFor: null,
  adnSteps: null,
  certificateType: 'tls-server',
};

/** The order of a request; records of former versions know nothing of it. */
export function orderOf({ order, check }: Pick<RequestFacts, 'order' | 'check'>): OrderFacts {
  if (order !== undefined) return order;
  return check.checkType === 'caa' ? { ...NO_ORDER, certificateType: check.caa.certificateType } : NO_ORDER;
}

export const REQUEST_STATUSES = ['running', 'completed'] as const;

/** The part that moves. Every change is one conditional write. */
export const requestStateSchema = z.object({
  status: z.enum(REQUEST_STATUSES),
  /** Number of the attempt under way, or of the last one; starts at 1. */
  attempt: z.int().min(1),
  /**
   * Drawn anew at each start of an attempt. Deadline, jobs and results carry it and are compared with it, so that what belongs
   * to another start of the same attempt does nothing. Null for a request of a version before this member.
   */
  attemptToken: z.string().nullable(),
  attemptStartedAt: z.number(),
  attemptDeadline: z.number(),
  /** Verdicts of finished attempts, in order. */
  verdicts: z.array(attemptVerdictSchema).readonly(),
  completedAt: z.number().nullable(),
  /** True once the completion event and the audit records are known to be out. */
  published: z.boolean(),
});
export interface RequestState extends Readonly<z.infer<typeof requestStateSchema>> {}

export type RequestRecord = RequestFacts & RequestState;

/** The cohort of `attempt`; cohorts are used again from the first when there are fewer of them than attempts. */
export function cohortOfAttempt(facts: RequestFacts, attempt: number): readonly CohortMember[] {
  const cohort = cohortInTurn(facts.cohorts, attempt);
  if (cohort === null) throw new Error(`request ${facts.requestId} has no cohort for attempt ${attempt}`);
  return cohort;
}

/** Every perspective asked in `attempt`: the cohort, then the designated primary when there is one. */
export function perspectivesAsked(facts: RequestFacts, attempt: number): readonly PerspectiveCode[] {
  const codes = cohortOfAttempt(facts, attempt).map((member) => member.code);
  return facts.primary === null ? codes : [...codes, facts.primary];
}

/** The token of the start of `attempt`, of the one under way or of one that is over. */
export function tokenOfAttempt(record: RequestRecord, attempt: number): string | null {
  const verdict = record.verdicts.find((candidate) => candidate.attempt === attempt);
  return verdict === undefined ? record.attemptToken : verdict.attemptToken;
}

/**
 * How long after its deadline an attempt may still be decided, milliseconds. Later than that, what it rests on is too old to
 * be given out as new, whatever has kept everybody from looking.
 */
export const DECISION_GRACE_MS = 60_000;

/** Whether an attempt with this deadline is decided too late to count, both by the clock of the home region. */
export function isTooLate(deadline: number, decidedAt: number): boolean {
  return decidedAt > deadline + DECISION_GRACE_MS;
}

/** The last moment at which an attempt can be decided of a request accepted at `createdAt`, Unix milliseconds. */
export function latestDecision(createdAt: number, attempts: number, attemptTimeoutMs: number): number {
  return createdAt + attempts * (attemptTimeoutMs + DECISION_GRACE_MS);
}

/**
 * Whether an attempt that begins at `now` ends while the request may still be decided: its rules, the age of its challenge
 * and the end of its method were judged up to then.
 */
export function hasTimeForAnother(
  { attempt, maxAttempts, createdAt, attemptTimeoutMs }: RequestRecord,
  now: number,
): boolean {
  const end = now + attemptTimeoutMs + DECISION_GRACE_MS;
  return attempt < maxAttempts && end <= latestDecision(createdAt, maxAttempts, attemptTimeoutMs);
}

/** Latest moment at which a running request can end by the service's own deadlines, Unix milliseconds. */
export function finalDeadline(record: RequestRecord): number {
  return record.attemptDeadline + (record.maxAttempts - record.attempt) * record.attemptTimeoutMs;
}
