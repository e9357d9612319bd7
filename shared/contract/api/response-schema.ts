import * as z from 'zod';
import { CHECK_TYPES } from '../../domain/check/check.ts';
import { RIRS } from '../../domain/check/perspective.ts';
import { API_ERRORS, type ApiErrorCode, type Obstacle } from '../../domain/errors.ts';
import { REQUEST_STATUSES } from '../../domain/mpic/lifecycle.ts';
import { baselineCodec } from '../evidence/baseline.ts';
import { advisorySchema } from './advisories.ts';
import { contactsReportSchema } from './contacts-wire.ts';
import { dcvCheckParameters } from './dcv-schema.ts';
import { explanationCodec } from './explanation.ts';
import { perspectiveItemSchema } from './perspective-item.ts';
import {
  caaCheckParameters,
  contactsCheckParameters,
  dcvRequestSchema,
  orchestrationParameters,
} from './wire-schema.ts';

/** Every body that the API answers with. Members are added within a version: readers ignore those that they do not know. */

const time = z.iso.datetime();
const timeOrNull = time.nullable();
const items = z.array(perspectiveItemSchema).readonly();
const advisories = z.array(advisorySchema).readonly();
const order = dcvRequestSchema.shape;

/** Of a 200 to `POST /mpic`: the Open MPIC response, and from `mpic_id` on what only this service says. */
export const mpicResponseSchema = z.object({
  mpic_completed: z.boolean(),
  request_orchestration_parameters: orchestrationParameters.nullable(),
  actual_orchestration_parameters: z.object({
    perspective_count: z.int(),
    quorum_count: z.int(),
    attempt_count: z.int(),
  }),
  check_type: z.enum(CHECK_TYPES),
  domain_or_ip_target: z.string(),
  is_valid: z.boolean(),
  trace_identifier: z.string().nullable(),
  /** Of the last attempt, in cohort order, silent perspectives included. */
  perspectives: items,
  caa_check_parameters: caaCheckParameters.nullable().optional(),
  dcv_check_parameters: dcvCheckParameters.optional(),
  /** These two only of a contacts check. */
  contacts_check_parameters: contactsCheckParameters.optional(),
  contacts: contactsReportSchema.optional(),
  previous_attempt_results: z.array(items).readonly().nullable(),
  mpic_id: z.uuid(),
  /** What the verdict is about: the target as the perspectives checked it, not as it was written. */
  checked_identifier: z.string(),
  created_at: time,
  completed_at: time,
  /** The last second at which a certificate may be issued on it; null when none may. */
  usable_until: timeOrNull,
  /** These four only if they were sent. */
  order_reference: order.order_reference,
  applied_for: order.applied_for,
  adn_steps: order.adn_steps,
  certificate_type: order.certificate_type,
  baseline_requirements: baselineCodec.schema,
  /** Only with a designated primary perspective, which is never among `perspectives`. */
  primary_perspective: perspectiveItemSchema.optional(),
  advisories: advisories.optional(),
});
export interface MpicResponse extends Readonly<z.infer<typeof mpicResponseSchema>> {}

/** Of a 200 to `POST /mpic/contacts`. */
export const contactsResponseSchema = mpicResponseSchema
  .omit({ caa_check_parameters: true, dcv_check_parameters: true })
  .extend({
    check_type: z.literal('contacts'),
    contacts_check_parameters: contactsCheckParameters,
    contacts: contactsReportSchema,
  });
export interface ContactsResponse extends Readonly<z.infer<typeof contactsResponseSchema>> {}

/** Of a 202. */
export const acceptedSchema = z.object({
  mpic_id: z.uuid(),
  checked_identifier: z.string(),
  status: z.enum(REQUEST_STATUSES),
  created_at: time,
  /** When the request ends at the latest, all attempts included. */
  deadline: time,
});
export interface AcceptedBody extends Readonly<z.infer<typeof acceptedSchema>> {}

/** Of `GET /mpic/<id>`. */
export const jobViewSchema = z.object({
  mpic_id: z.uuid(),
  checked_identifier: z.string(),
  status: z.enum(REQUEST_STATUSES),
  created_at: time,
  completed_at: timeOrNull,
  /** As in the answer; null while there is none. */
  usable_until: timeOrNull,
  deadline: time,
  attempt: z.int().min(1),
  /** Of the attempt under way or the last one; a designated primary perspective is not counted. */
  progress: z.object({ expected: z.int(), received: z.int() }),
  perspectives: items,
  response: mpicResponseSchema.nullable(),
  /** Observations that came too late to count; they change nothing. */
  late_results: z.array(perspectiveItemSchema.extend({ attempt: z.int().min(1) })).readonly(),
  /** Only with `?explain=true`: why the check did not corroborate, in words. It changes nothing. */
  explanation: explanationCodec.schema.optional(),
});
export interface JobView extends Readonly<z.infer<typeof jobViewSchema>> {}

export type ExplanationBody = NonNullable<JobView['explanation']>;

const errorCode = z.enum(Object.keys(API_ERRORS) as [ApiErrorCode, ...ApiErrorCode[]]);

/** Of every error but a 400 that lists what is wrong with the request. */
export const problemSchema = z.object({ error: errorCode, message: z.string(), request_id: z.string() });
export interface ProblemBody extends Readonly<z.infer<typeof problemSchema>> {}

/** Of `GET /healthz`. */
export const healthSchema = z.object({ status: z.literal('healthy') });
export interface HealthBody extends Readonly<z.infer<typeof healthSchema>> {}

const obstacle = z.object({
  error: errorCode.extract(['store-failed', 'storage-full', 'evidence-behind'] satisfies Obstacle[]),
  message: z.string(),
});

/** Of `GET /readyz`. */
export const readinessSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('ready') }),
  z.object({ status: z.literal('not-ready'), obstacles: z.array(obstacle).readonly() }),
]);
export type ReadinessBody = Readonly<z.infer<typeof readinessSchema>>;

/** What a process has lately seen of a perspective. */
const perspectiveHealthSchema = z.object({
  /** `unknown` before the first request; `silent` when none of the last answers came in time; `degraded` when some did not. */
  status: z.enum(['unknown', 'healthy', 'degraded', 'silent']),
  last_result_at: timeOrNull,
  /** Of the last requests that asked it: how many, how many it answered in time, how many of those completed their check. */
  asked: z.int(),
  answered: z.int(),
  completed: z.int(),
});
export interface PerspectiveHealth extends Readonly<z.infer<typeof perspectiveHealthSchema>> {}

/** Of `GET /perspectives`: who looks, from where, and how they have been doing. */
export const perspectivesSchema = z.object({
  shared_host: z.boolean(),
  /** As in answers, but for what its check came to. */
  primary: z.discriminatedUnion('status', [
    z.object({ status: z.literal('not-declared') }),
    z.object({ status: z.literal('site'), name: z.string() }),
    z.object({ status: z.literal('perspective'), perspective_code: z.string() }),
  ]),
  perspectives: z
    .array(
      z.object({
        code: z.string(),
        name: z.string(),
        rir: z.enum(RIRS),
        latitude: z.number(),
        longitude: z.number(),
        role: z.enum(['primary', 'remote']),
        resolver: z.string().nullable(),
        nearest_neighbour: z.object({ code: z.string(), km: z.int() }).nullable(),
        health: perspectiveHealthSchema,
      }),
    )
    .readonly(),
  rule_changes_ahead: z
    .array(
      z.object({
        from: z.iso.date(),
        section: z.string(),
        text: z.string(),
        problems: z.array(z.string()).readonly(),
      }),
    )
    .readonly(),
  advisories,
});
export interface PerspectivesBody extends Readonly<z.infer<typeof perspectivesSchema>> {}
