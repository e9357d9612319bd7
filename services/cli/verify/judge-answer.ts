import type { MpicResponse } from '../../../shared/contract/api/response-schema.ts';
import type { BaselineReason } from '../../../shared/domain/mpic/decision.ts';
import { causeOf, describeAnswer, lookAtFor, show } from './explain.ts';
import { fail, pass, type Verdict } from './outcome.ts';

/** What a lab cannot help: its verdicts are right and never evidence. */
const LAB_REASONS: readonly string[] = ['lab-network', 'shared-host'] satisfies readonly BaselineReason[];

/** A check that has to pass: a verdict, and one that satisfies the Baseline Requirements wherever this is not a lab. */
export function judgeGood(answer: MpicResponse): Verdict {
  const { satisfied, quorum, reasons } = answer.baseline_requirements;
  const isLab = reasons.length > 0 && reasons.every((reason) => LAB_REASONS.includes(reason));
  const isGood = answer.is_valid && answer.mpic_completed && (satisfied || isLab);
  if (isGood) return pass(`quorum ${show(quorum)}${isLab ? `, no evidence: ${reasons.join(', ')}` : ''}`);
  return unexpected(answer, GOOD_HINTS[answer.check_type]);
}

/**
 * A CAA check that has to be refused for the right reason: every perspective that completed has seen records that name
 * other issuers. A service that refuses because it cannot look up anything has not shown that it reads CAA.
 */
export function judgeCaaForbidden(answer: MpicResponse): Verdict {
  const completed = answer.perspectives.filter(({ check_response }) => check_response.check_completed);
  const isRefusal =
    !answer.is_valid && answer.mpic_completed && completed.every((item) => causeOf(item) === FORBIDDEN);
  if (isRefusal && completed.length > 0) return pass(`${FORBIDDEN} at ${completed.length} perspectives`);
  return unexpected(answer, 'the CAA records of the name: --forbidden takes another one');
}

/** A validation that has to fail, and not because nobody could look. */
export function judgeDcvBad(answer: MpicResponse): Verdict {
  if (!answer.is_valid && answer.mpic_completed) return pass();
  return unexpected(
    answer,
    answer.is_valid ? 'this first: a value that nobody has published was validated' : 'the perspectives',
  );
}

const FORBIDDEN = 'issuer-not-authorised';

const GOOD_HINTS: Readonly<Record<MpicResponse['check_type'], string>> = {
  contacts: 'the contacts of the name',
  caa: 'the CAA records of the name and the issuer domain names of the CA (--permitted, --caa-domains, MPIC_CAA_DOMAINS)',
  dcv: 'the TXT record of the name, and how long its former value may be cached (--dns-name, --dns-value)',
};

function unexpected(answer: MpicResponse, otherwise: string): Verdict {
  return fail(describeAnswer(answer), lookAtFor(answer, otherwise));
}
