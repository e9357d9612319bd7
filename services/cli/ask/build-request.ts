import * as z from 'zod';
import { caaBodySchema, dcvBodySchema, type MpicRequest } from '../../../shared/contract/api/request-body.ts';
import type { AdnStepWire } from '../../../shared/contract/api/wire-schema.ts';
import { issueText } from '../../../shared/contract/settings/issue-text.ts';
import { VALIDATION_METHODS, type ValidationMethod } from '../../../shared/domain/check/check.ts';
import { findNearest } from '../../../shared/domain/net/nearest-name.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { option, UsageError } from '../shell/command.ts';
import { describeIssues, selectParameters } from './parameters.ts';

const count = z
  .string()
  .regex(/^\d{1,3}$/, 'is not a whole number')
  .transform(Number)
  .optional();

const STEP = /^(?:(strip)|(prune|ptr):([^>]+)|(cname):(?:([^>]+)>)?([^>]+))$/;

/** `strip`, `prune:<to>`, `ptr:<to>`, `cname:<to>` or `cname:<from>><to>`, with commas between steps. */
const adnSteps = z
  .string()
  .transform((text, context): readonly AdnStepWire[] =>
    text.split(',').map((part) => {
      const [, strip, plain, to, cname, from, target] = STEP.exec(part.trim()) ?? [];
      if (strip !== undefined) return { step: 'strip' as const };
      if (plain !== undefined) return { step: plain as 'prune' | 'ptr', to: to ?? '' };
      if (cname !== undefined)
        return { step: 'cname' as const, ...(from === undefined ? {} : { from }), to: target ?? '' };
      context.addIssue(
        `has a step ${quoteInput(part)}; steps are strip, cname:<name>, cname:<owner>><name>, prune:<name> and ptr:<name>`,
      );
      return z.NEVER;
    }),
  )
  .optional();

/** The options that say what is asked of a service, but for the parameters of the check. */
export const REQUEST_OPTIONS = {
  method: option(
    '<validation-method>',
    `validate by this method in place of the CAA check: ${VALIDATION_METHODS.join(', ')}`,
    z.enum(VALIDATION_METHODS, { error: ({ input }) => describeUnknownMethod(String(input)) }).optional(),
  ),
  count: option('<n>', 'ask so many remote perspectives', count),
  quorum: option('<n>', 'so many of them have to corroborate', count),
  attempts: option('<n>', 'try with at most so many sets of perspectives', count),
  cohort: option('<n>', 'ask this cohort alone, once: cohort_for_single_attempt', count),
  trace: option('<id>', 'trace_identifier, echoed in the answer and logged', z.string().optional()),
  orderReference: option(
    '<text>',
    'order_reference, the same for all checks of one order',
    z.string().optional(),
  ),
  appliedFor: option(
    '<name>',
    'applied_for, what the certificate is to hold where the target is another name',
    z.string().optional(),
  ),
  adnSteps: option(
    '<list>',
    'adn_steps from there to the target, such as strip,cname:shop.cdn.example,prune:cdn.example; only with --method',
    adnSteps,
  ),
};

function describeUnknownMethod(text: string): string {
  const nearest = findNearest(text, VALIDATION_METHODS);
  const advice = nearest === null ? `there are ${VALIDATION_METHODS.join(', ')}` : `did you mean ${nearest}?`;
  return `${quoteInput(text)} is not a validation method; ${advice}`;
}

export interface RequestValues {
  readonly method?: ValidationMethod | undefined;
  readonly count?: number | undefined;
  readonly quorum?: number | undefined;
  readonly attempts?: number | undefined;
  readonly cohort?: number | undefined;
  readonly trace?: string | undefined;
  readonly orderReference?: string | undefined;
  readonly appliedFor?: string | undefined;
  readonly adnSteps?: readonly AdnStepWire[] | undefined;
}

/**
 * The request that the command line asks for.
 *
 * @param parameters what was given of the options of the check parameters
 * @throws UsageError that names the option that is missing, wrong, or of another method; never holds its value.
 */
export function buildRequest(
  target: string,
  values: RequestValues,
  parameters: Readonly<Record<string, unknown>>,
): MpicRequest {
  const { method, adnSteps: steps } = values;
  const kind = method ?? 'caa';
  if (method === undefined && steps !== undefined)
    throw new UsageError('--adn-steps is for a validation: name it with --method');
  // Of a CAA check it is a parameter, of a validation a member of the request.
  const { certificateType, ...others } = parameters;
  const checkParameters = selectParameters(kind, method === undefined ? parameters : others);
  const body = {
    check_type: method === undefined ? ('caa' as const) : ('dcv' as const),
    ...commonMembers(target, values),
    ...withoutAbsent({ certificate_type: method === undefined ? undefined : certificateType }),
    ...(method === undefined
      ? withoutAbsent({ caa_check_parameters: orNothing(checkParameters) })
      : { dcv_check_parameters: { validation_method: method, ...checkParameters } }),
  };
  const schema = method === undefined ? caaBodySchema : dcvBodySchema;
  const read = schema.safeParse(body, { error: issueText });
  if (!read.success) throw new UsageError(describeIssues(kind, checkParameters, read.error.issues));
  // What was sent, without the defaults that the schema fills in: those are for the service to say.
  return body as MpicRequest;
}

/** Members of the requests of all checks. */
export function commonMembers(target: string, values: Omit<RequestValues, 'method'>) {
  return {
    domain_or_ip_target: target,
    ...withoutAbsent({
      trace_identifier: values.trace,
      order_reference: values.orderReference,
      applied_for: values.appliedFor,
      adn_steps: values.adnSteps,
      orchestration_parameters: orNothing(orchestrationOf(values)),
    }),
  };
}

function orchestrationOf({ count: perspectives, quorum, attempts, cohort }: RequestValues) {
  return withoutAbsent({
    perspective_count: perspectives,
    quorum_count: quorum,
    max_attempts: attempts,
    cohort_for_single_attempt: cohort,
  });
}

function orNothing(members: Readonly<Record<string, unknown>>) {
  return Object.keys(members).length === 0 ? undefined : members;
}

function withoutAbsent(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
