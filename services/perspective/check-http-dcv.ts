import type { HttpDcvParameters, Policy, Target } from '../../shared/domain/check/check.ts';
import type {
  CheckError,
  CheckOutcome,
  HttpDcvDetails,
  HttpHop,
} from '../../shared/domain/check/check-result.ts';
import { DCV_ERROR } from '../../shared/domain/dcv/errors.ts';
import type { HttpResponse } from '../../shared/domain/dcv/http/http-observation.ts';
import { evidenceOfPage, isFinalSuccess, judgePage } from '../../shared/domain/dcv/http/page.ts';
import { type HttpPlan, planHttpCheck } from '../../shared/domain/dcv/http/plan.ts';
import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import type { NetworkView } from '../../shared/ports/network-view.ts';
import { followRedirects, type Walk } from './follow-redirects.ts';
import { resolvingEvidence } from './resolve-host.ts';

export interface HttpDcvCheck {
  readonly target: Target;
  readonly parameters: HttpDcvParameters;
  readonly policy: Policy;
  readonly view: NetworkView;
  /** End of the check, milliseconds on the monotonic clock. */
  readonly deadline: number;
  /** The monotonic clock. */
  readonly monotonic: () => number;
}

type PlannedHttp = Extract<HttpPlan, { readonly status: 'planned' }>;

/**
 * Checks domain or address control by the response of a web server (TLS BR 3.2.2.4.18 [dcv-website], 3.2.2.4.19
 * [dcv-acme-http], 3.2.2.5.1 [ip-website] and 3.2.2.5.6 [ip-acme-http]).
 *
 * A final response without the value, a status other than 2xx and a redirect that may not be followed are completed
 * checks that failed. If the server cannot be reached or does not respond in time, the check is not completed. Under
 * `baseline-requirements` a check that deviates from them sends no request; under `open-mpic` it is made, and a pass
 * that needs the deviation does not corroborate.
 */
export async function checkHttpDcv(check: HttpDcvCheck): Promise<CheckOutcome> {
  const { target, parameters, policy } = check;
  const plan = planHttpCheck(target, parameters);
  if (plan.status === 'refused') return refuse(check, [plan.error]);
  if (policy === 'baseline-requirements' && plan.deviations.length > 0) return refuse(check, plan.deviations);
  const pattern = await loadPattern(parameters);
  if (pattern?.ok === false) return refuse(check, [{ type: DCV_ERROR.parameter, message: pattern.message }]);

  const walk = await followRedirects({ ...check, plan });
  const outcome = walk.status === 'failed' ? fail(check, walk) : judge(check, plan, walk, pattern);
  if (outcome.passed) return outcome;
  const { withResponseOverIpv4 } = await import('./http-over-ipv4.ts');
  return withResponseOverIpv4(check, walk, pattern, outcome);
}

type LoadedPattern = Awaited<ReturnType<typeof loadPattern>>;

/** Loads the regular expression library only for checks that have a pattern: loading it would slow every cold start. */
async function loadPattern(parameters: HttpDcvParameters) {
  if (parameters.method !== 'website-change' || parameters.matchRegex === null) return null;
  const { compilePattern } = await import('../../shared/domain/dcv/http/pattern.ts');
  return compilePattern(parameters.matchRegex);
}

function judge(
  check: HttpDcvCheck,
  plan: PlannedHttp,
  walk: Extract<Walk, { readonly status: 'answered' }>,
  pattern: LoadedPattern,
): CheckOutcome {
  const { response, hops, lookups } = walk;
  const details = detailsOf(check, hops, lookups, response);
  if (!isFinalSuccess(response.statusCode)) {
    return { completed: true, passed: false, corroborates: false, errors: [statusError(response)], details };
  }
  const match = judgePage(check.parameters, response, pattern);
  const followsRules = plan.deviations.length === 0 && !walk.departs;
  return {
    completed: true,
    passed: match === 'exact' || (match === 'lenient' && check.policy === 'open-mpic'),
    corroborates: match === 'exact' && followsRules,
    errors: [],
    details,
  };
}

function fail(check: HttpDcvCheck, walk: Extract<Walk, { readonly status: 'failed' }>): CheckOutcome {
  const { completed, error, hops, lookups, partial } = walk;
  return {
    completed,
    passed: false,
    corroborates: false,
    errors: [error],
    details: detailsOf(check, hops, lookups, partial),
  };
}

function refuse(check: HttpDcvCheck, errors: readonly CheckError[]): CheckOutcome {
  const details = detailsOf(check, [], [], null);
  return { completed: false, passed: false, corroborates: false, errors, details };
}

function statusError({ statusCode }: HttpResponse): CheckError {
  return { type: DCV_ERROR.http, message: `HTTP status ${statusCode}, and only 2xx can prove control` };
}

function detailsOf(
  { parameters }: HttpDcvCheck,
  hops: readonly HttpHop[],
  lookups: readonly Lookup[],
  response: HttpResponse | null,
): HttpDcvDetails {
  const expected =
    parameters.method === 'acme-http-01' ? parameters.keyAuthorization : parameters.challengeValue;
  return {
    kind: 'http',
    method: parameters.method,
    hops,
    page: response === null ? null : evidenceOfPage(response.body, Buffer.byteLength(expected)),
    dns: resolvingEvidence(lookups),
  };
}
