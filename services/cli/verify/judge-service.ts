import type { Accepted, PerspectivesBody, RawAnswer } from '../../../shared/client/index.ts';
import type { ApiErrorCode } from '../../../shared/domain/errors.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { show } from './explain.ts';
import { fail, failureOf, pass, Unexpected, type Verdict } from './outcome.ts';

/** TLS BR 3.2.2.9 [mpic] never took fewer than two remote perspectives, on whatever date. */
const MIN_PERSPECTIVES = 2;

/** `GET /perspectives`: how many, in how many RIR regions, and whether they are a lab on one machine. */
export function judgePerspectives({ perspectives, shared_host: sharedHost }: PerspectivesBody): Verdict {
  const codes = new Set(perspectives.map(({ code }) => code));
  if (codes.size < MIN_PERSPECTIVES)
    return fail(
      `${codes.size} perspectives: ${[...codes].map(show).join(', ')}`,
      'the perspectives of the deployed configuration',
    );
  const rirs = new Set(perspectives.map(({ rir }) => rir));
  const where = sharedHost ? 'all on one host, which is a lab' : 'not on one host';
  return pass(`${codes.size} in ${rirs.size} RIR regions, ${where}`);
}

/** A request that is to be turned away at the door. */
export function judgeRefused(answer: RawAnswer): Verdict {
  if (answer.status === 401 || answer.status === 403) return pass(`status ${answer.status}`);
  if (answer.refusal !== null) return failureOf(answer.refusal);
  return fail(describeSuccess(answer), 'the keys: anybody can use this service');
}

/** A request that is to be refused for a certain reason. */
export function judgeProblem(answer: RawAnswer, status: number, code: ApiErrorCode): Verdict {
  const { refusal } = answer;
  if (refusal === null)
    return fail(describeSuccess(answer), 'which version of the service is deployed there');
  if (answer.status !== status) return failureOf(refusal);
  if (refusal.problem?.error === code) return pass();
  return fail(
    `${refusal.message} instead of the error ${code}`,
    'which version of the service is deployed there',
  );
}

function describeSuccess({ status, text }: RawAnswer): string {
  return `status ${status}: ${quoteInput(text)}`;
}

/** The ids under which the same request was taken twice. */
export function judgeSameJob(first: string, second: string): Verdict {
  if (first === second) return pass();
  return fail(
    `two jobs, ${show(first)} and ${show(second)}`,
    'whether the header Idempotency-Key reaches the API function',
  );
}

/**
 * Where a 202 says that the answer will be has to be where it is asked for. RFC 9110 section 10.2.2: `Location` is a URI
 * reference, resolved against the URL of the request.
 *
 * @throws Unexpected where it is not; nothing is sent there.
 */
export function demandLocation(base: string, { job, location }: Accepted): void {
  if (location === null)
    throw new Unexpected('a 202 without Location', 'whether the gateway hands the header Location through');
  const requestUrl = `${base}/mpic?async=true`;
  if (!URL.canParse(location, requestUrl))
    throw new Unexpected(
      `a 202 whose Location is no URI: ${quoteInput(location)}`,
      'who writes the header Location',
    );
  const resolved = new URL(location, requestUrl);
  const root = new URL(`${base}/`);
  if (resolved.origin !== root.origin)
    throw new Unexpected(
      `a 202 whose Location leads to another server: ${quoteInput(location)}`,
      'who writes the header Location; nothing was sent there',
    );
  if (!resolved.pathname.startsWith(root.pathname))
    throw new Unexpected(
      `a 202 whose Location leaves the base path ${root.pathname}: ${quoteInput(location)}`,
      'whether the service knows the path of the stage that it is served under',
    );
  if (resolved.href !== `${base}/mpic/${job.mpic_id}`)
    throw new Unexpected(
      `a 202 whose Location is not that of its job: ${quoteInput(location)}`,
      'who writes the header Location',
    );
}
