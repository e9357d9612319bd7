import type { BaselineReason } from '../../../shared/domain/mpic/decision.ts';
import { causeOf, describeAnswer, lookAtFor, show } from './explain.ts';
import { fail, pass, type Verdict } from './outcome.ts';
import type { MpicAnswer } from './wire.ts';

/** What was asked, to tell an answer to something else. */
export interface Question {
  readonly checkType: 'caa' | 'dcv';
  readonly target: string;
}

/** What a lab cannot help: its verdicts are right and never evidence. */
const LAB_REASONS: readonly string[] = ['lab-network', 'shared-host'] satisfies readonly BaselineReason[];

/** A check that has to pass: a verdict, and one that satisfies the Baseline Requirements wherever this is not a lab. */
export function judgeGood(question: Question, answer: MpicAnswer): Verdict {
  const { satisfied, quorum, reasons } = answer.baseline_requirements;
  const isLab = reasons.length > 0 && reasons.every((reason) => LAB_REASONS.includes(reason));
  const isGood = answer.is_valid && answer.mpic_completed && (satisfied || isLab);
  if (isAbout(question, answer) && isGood)
    return pass(`quorum ${show(quorum)}${isLab ? `, no evidence: ${reasons.join(', ')}` : ''}`);
  return unexpected(question, answer, GOOD_HINTS[question.checkType]);
}

/**
 * A CAA check that has to be refused for the right reason: every perspective that completed has seen records that name
 * other issuers. A service that refuses because it cannot look up anything has not shown that it reads CAA.
 */
export function judgeCaaForbidden(question: Question, answer: MpicAnswer): Verdict {
  const completed = answer.perspectives.filter(({ check_response }) => check_response.check_completed);
  const isRefusal =
    !answer.is_valid && answer.mpic_completed && completed.every((item) => causeOf(item) === FORBIDDEN);
  if (isAbout(question, answer) && isRefusal && completed.length > 0)
    return pass(`${FORBIDDEN} at ${completed.length} perspectives`);
  return unexpected(question, answer, 'the CAA records of the name: --forbidden takes another one');
}

/** A validation that has to fail, and not because nobody could look. */
export function judgeDcvBad(question: Question, answer: MpicAnswer): Verdict {
  if (isAbout(question, answer) && !answer.is_valid && answer.mpic_completed) return pass();
  return unexpected(
    question,
    answer,
    answer.is_valid ? 'this first: a value that nobody has published was validated' : 'the perspectives',
  );
}

const FORBIDDEN = 'issuer-not-authorised';

const GOOD_HINTS: Readonly<Record<Question['checkType'], string>> = {
  caa: 'the CAA records of the name and the issuer domain names of the CA (--permitted, --caa-domains, MPIC_CAA_DOMAINS)',
  dcv: 'the TXT record of the name, and how long its former value may be cached (--dns-name, --dns-value)',
};

/** Names are compared without case and final dot: the service may give either form back. */
function isAbout({ checkType, target }: Question, answer: MpicAnswer): boolean {
  const plain = (name: string) => name.toLowerCase().replace(/\.$/, '');
  return answer.check_type === checkType && plain(answer.domain_or_ip_target) === plain(target);
}

function unexpected(question: Question, answer: MpicAnswer, otherwise: string): Verdict {
  if (!isAbout(question, answer))
    return fail(
      `an answer about ${show(answer.check_type)} for ${show(answer.domain_or_ip_target)}, which nobody asked for`,
      'what stands between: a cache must not answer POST /mpic',
    );
  return fail(describeAnswer(answer), lookAtFor(answer, otherwise));
}
