import * as z from 'zod';
import { CHECK_TYPES } from '../../domain/check/check.ts';
import type { ReportedError } from '../../domain/check/check-result.ts';
import type { PerspectiveCode } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { RequestFacts } from '../../domain/mpic/lifecycle.ts';
import { SILENCE_ERROR, unreadableError } from '../../domain/mpic/votes.ts';
import { checkErrorCodec, nameObservationCodec } from '../evidence/details.ts';
import { detailsSchema, emptyDetails, toDetailsWire } from './details-wire.ts';
import { toNanoseconds } from './wire-time.ts';

/** The trace identifier of the caller makes the message longer than a perspective may store it. */
const checkErrorWire = checkErrorCodec.schema.extend({ error_message: z.string() });

/** One item of `perspectives`. */
export const perspectiveItemSchema = z.object({
  perspective_code: z.string(),
  check_response: z.object({
    check_completed: z.boolean(),
    check_passed: z.boolean(),
    errors: z.array(checkErrorWire).readonly().nullable(),
    timestamp_ns: z.number().nullable(),
    check_type: z.enum(CHECK_TYPES),
    details: detailsSchema,
    /** Only with steps that are looked at: what the records say by which the target was chosen. */
    adn_lookups: z.array(nameObservationCodec.schema).readonly().optional(),
    /** Only when there are any: special-purpose networks that this perspective could connect to, in a lab. */
    allowed_networks: z.array(z.string()).readonly().optional(),
  }),
});
export interface PerspectiveItem extends Readonly<z.infer<typeof perspectiveItemSchema>> {}

type CheckErrorWire = z.infer<typeof checkErrorWire>;

/**
 * The item for a perspective that has stored something.
 *
 * @param decidedAt when its attempt was decided, for what could not be read and so has no time of its own; null before.
 */
export function toPerspectiveItem(
  facts: RequestFacts,
  vote: StoredResult,
  decidedAt: number | null,
): PerspectiveItem {
  if (vote.status === 'unreadable')
    return toFailedItem(facts, vote.perspective, toErrorWire(facts, unreadableError(vote)), decidedAt);
  const { result } = vote;
  return {
    perspective_code: result.perspective,
    check_response: {
      check_completed: result.completed,
      check_passed: result.passed,
      errors: result.errors.length === 0 ? null : result.errors.map((error) => toErrorWire(facts, error)),
      timestamp_ns: toNanoseconds(result.completedAt),
      check_type: facts.check.checkType,
      details: toDetailsWire(facts.check, result.details, result.completedAt),
      ...(result.adnLookups === undefined
        ? {}
        : { adn_lookups: result.adnLookups.map(nameObservationCodec.encode) }),
      ...(result.allowedNetworks.length === 0 ? {} : { allowed_networks: result.allowedNetworks }),
    },
  };
}

/**
 * The item for a perspective that was silent until the decision at `decidedAt`. Silence does not corroborate, and has to
 * be told from a check that was made (TLS BR 3.2.2.9 [mpic]).
 */
export function toSilentItem(
  facts: RequestFacts,
  perspective: PerspectiveCode,
  decidedAt: number,
): PerspectiveItem {
  const trace = facts.traceIdentifier ? `; trace ID: ${facts.traceIdentifier}` : '';
  const message = `Check failed for perspective ${perspective}, target ${facts.echo.domainOrIpTarget}: no result before the decision${trace}`;
  return toFailedItem(facts, perspective, { error_type: SILENCE_ERROR, error_message: message }, decidedAt);
}

/** The item for a perspective of which there is no result. */
function toFailedItem(
  facts: RequestFacts,
  perspective: PerspectiveCode,
  error: CheckErrorWire,
  decidedAt: number | null,
): PerspectiveItem {
  return {
    perspective_code: perspective,
    check_response: {
      check_completed: false,
      check_passed: false,
      errors: [error],
      timestamp_ns: decidedAt === null ? null : toNanoseconds(decidedAt),
      check_type: facts.check.checkType,
      details: emptyDetails(facts.check),
    },
  };
}

/** As in the reference, the message ends in the trace identifier, when the caller gave one. */
function toErrorWire({ traceIdentifier }: RequestFacts, { type, message }: ReportedError): CheckErrorWire {
  const trace = traceIdentifier ? `. Trace ID: ${traceIdentifier}` : '';
  return checkErrorCodec.encode({ type, message: `${message}${trace}` });
}
