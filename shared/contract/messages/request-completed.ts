import * as z from 'zod';
import {
  CERTIFICATE_TYPES,
  CHECK_TYPES,
  policySchema,
  VALIDATION_METHODS,
} from '../../domain/check/check.ts';
import { baselineCodec } from '../evidence/baseline.ts';

/** EventBridge names of the one event this service emits. */
export const EVENT_SOURCE = 'mpic';
export const EVENT_DETAIL_TYPE = 'MPIC Request Completed';

/**
 * Detail of the "MPIC Request Completed" event, documented in `docs/events.md`.
 *
 * One per request. Delivery is at least once: `event_id` is the same for every repetition. It holds the verdict and who
 * said what, not the records seen, so that it stays far below the 256 KiB limit of an EventBridge entry; the full
 * response is at `GET /mpic/<mpic_id>`.
 */
export const requestCompletedSchema = z.object({
  schema_version: z.literal('1.0'),
  event_id: z.string(),
  mpic_id: z.uuid(),
  caller: z.string(),
  trace_identifier: z.string().nullable(),
  created_at: z.iso.datetime(),
  completed_at: z.iso.datetime(),
  usable_until: z.iso.datetime().nullable(),
  check_type: z.enum(CHECK_TYPES),
  domain_or_ip_target: z.string(),
  checked_identifier: z.string(),
  applied_for: z.string().nullable(),
  order_reference: z.string().nullable(),
  certificate_type: z.enum(CERTIFICATE_TYPES),
  validation_method: z.enum(VALIDATION_METHODS).nullable(),
  policy: policySchema,
  is_valid: z.boolean(),
  mpic_completed: z.boolean(),
  attempt_count: z.int(),
  perspective_count: z.int(),
  quorum_count: z.int(),
  baseline_requirements: baselineCodec.schema,
  perspectives: z.array(
    z.object({
      perspective_code: z.string(),
      check_completed: z.boolean(),
      check_passed: z.boolean(),
      error_types: z.array(z.string()).readonly(),
    }),
  ),
});

export interface RequestCompletedEvent extends Readonly<z.infer<typeof requestCompletedSchema>> {}
