import type { MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import { escapeUnseen } from '../../../shared/domain/net/quote.ts';

type Item = MpicResponse['perspectives'][number];

const MAX_SHOWN_CHARACTERS = 80;

/** A foreign word, cut and escaped, for a message. */
export function show(text: string): string {
  return escapeUnseen(text.slice(0, MAX_SHOWN_CHARACTERS));
}

/** A verdict in one line: what was decided, and which perspectives had what to say. */
export function describeAnswer(answer: MpicResponse): string {
  const { satisfied, quorum, reasons } = answer.baseline_requirements;
  const why = reasons.length === 0 ? '' : ` (${reasons.map(show).join(', ')})`;
  const groups = groupByCause(answer.perspectives).map(
    ([cause, codes]) => `${codes.map(show).join(', ')}: ${show(cause)}`,
  );
  return [
    `is_valid ${answer.is_valid}, mpic_completed ${answer.mpic_completed}, satisfied ${satisfied}${why}, quorum ${show(quorum)}`,
    ...groups,
  ].join('; ');
}

/** Where to look when a verdict is not as expected, by what the perspectives say; `otherwise` when they say nothing. */
export function lookAtFor(answer: MpicResponse, otherwise: string): string {
  // A name that does not exist is an error of a DNS method too, but there everybody could look.
  const causes = answer.perspectives
    .filter(({ check_response }) => !check_response.check_completed)
    .map(causeOf);
  if (causes.some((cause) => cause.endsWith(':remote_check')))
    return 'the perspectives without a result: their job queues, dead-letter queues and function logs';
  if (causes.some((cause) => cause === 'lookup-failed' || cause.endsWith(':lookup')))
    return 'the resolvers of the perspectives that could not look up, and whether these reach the Internet';
  if (causes.some((cause) => cause.startsWith('mpic_error:perspective:')))
    return 'the function logs of the perspectives with an error of their own';
  return otherwise;
}

/** Why a perspective said what it said, in one word. */
export function causeOf({ check_response: response }: Item): string {
  const [error] = response.errors ?? [];
  const reason = 'reason' in response.details ? response.details.reason : undefined;
  return reason ?? error?.error_type ?? (response.check_passed ? 'passed' : 'did not pass');
}

function groupByCause(items: readonly Item[]): readonly (readonly [cause: string, codes: string[]])[] {
  const groups = new Map<string, string[]>();
  for (const item of items) {
    const cause = causeOf(item);
    groups.set(cause, [...(groups.get(cause) ?? []), item.perspective_code]);
  }
  return [...groups];
}
