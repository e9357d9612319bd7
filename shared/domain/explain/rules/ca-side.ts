import { DCV_ERROR } from '../../dcv/errors.ts';
import type { BaselineReason } from '../../mpic/decision.ts';
import { quoteInput } from '../../net/quote.ts';
import { type Facts, hasError } from '../evidence/facts.ts';
import { quoteMessage } from '../evidence/quoted.ts';
import { inEach, type Rule } from './rule.ts';

/** Reasons of an invalid verdict that are not about what the perspectives observed. */
const RULE_REASONS: readonly BaselineReason[] = [
  'method-ended',
  'too-few-perspectives',
  'too-few-rirs',
  'too-late',
];

const OBSERVATION_REASONS: readonly BaselineReason[] = ['quorum-not-met', 'too-many-non-corroborations'];

const ABSENCES = {
  silent: 'no result before the decision',
  unreadable: 'what it stored is not a result of this check',
} as const;

/** Error types of a perspective that failed by itself. */
const OWN_FAULTS = ['mpic_error:perspective:internal', 'mpic_error:perspective:timeout'];

function lookAtAbsence({ absence, errors }: Facts) {
  if (absence !== null) return { line: ABSENCES[absence] };
  const fault = errors.find(({ type }) => OWN_FAULTS.includes(type));
  return fault === undefined ? null : { line: quoteMessage(fault.message) };
}

function lookAtNetwork({ failure, errors, result }: Facts) {
  if (failure?.reason === 'resolver-failed' || failure?.reason === 'aborted')
    return { line: `${failure.type} at ${quoteInput(failure.name)}: ${quoteMessage(failure.message)}` };
  const own =
    result?.completed === false ? errors.find(({ message }) => OWN_NETWORK.test(message)) : undefined;
  return own === undefined ? null : { line: quoteMessage(own.message) };
}

/** Written by the network guard and the stub resolver for faults of this machine. */
const OWN_NETWORK =
  /this machine could not connect|cannot be shown to have forgotten|too many queries wait for the server/;

function lookAtParameters(facts: Facts) {
  if (!hasError(facts, DCV_ERROR.parameter) && !hasError(facts, DCV_ERROR.methodEnded)) return null;
  return { line: quoteMessage(facts.errors[0]?.message ?? '') };
}

function lookAtLeniency({ result }: Facts) {
  if (result === null || !result.passed || result.corroborates) return null;
  return { line: 'the check passed under the policy open-mpic, and not by the Baseline Requirements' };
}

function lookAtAnything({ errors }: Facts) {
  return { line: errors[0] === undefined ? 'no error was reported' : quoteMessage(errors[0].message) };
}

/** Causes on the side of the CA: its perspectives, its request, the rules of the day. */
export const CA_SIDE_RULES = {
  'perspective-no-answer': {
    looksFor: 'no stored result, an unreadable one, or an error of the perspective itself',
    sure: 'certain',
    text: 'The perspective did not answer in time, or failed by itself. This says nothing about {target}.',
    applicant: null,
    ca: 'Look at the health of the perspective in GET /perspectives, at its queue and its log, then send the request again.',
    find: inEach(lookAtAbsence),
  },
  'perspective-network': {
    looksFor: 'a failure of the resolver or the network of the perspective itself',
    sure: 'certain',
    text: 'The perspective could not use its own resolver or network. This says nothing about {target}.',
    applicant: null,
    ca: 'Check the resolver and the Internet access of the perspective, then send the request again.',
    find: inEach(lookAtNetwork),
  },
  'request-unusable': {
    looksFor: 'an error dcv_checker:parameter or dcv_checker:method_ended; no query was sent',
    sure: 'certain',
    text: 'The parameters of the request make no check that the policy accepts, so no query was sent.',
    applicant: null,
    ca: 'Correct the parameters that the message names; the same request fails again.',
    find: inEach(lookAtParameters),
  },
  'rules-not-met': {
    looksFor: 'a verdict that is not valid for a reason other than what was observed',
    sure: 'certain',
    text: 'Enough perspectives passed, but the verdict is not valid by other rules: {reasons}.',
    applicant: null,
    ca: 'The reasons are described at baseline_requirements in docs/api.md. Send the request again when they no longer hold.',
    find({ verdict }) {
      const reasons = verdict?.isValid === false ? verdict.reasons : [];
      const others = reasons.filter((reason) => RULE_REASONS.includes(reason));
      if (others.length === 0 || reasons.some((reason) => OBSERVATION_REASONS.includes(reason))) return null;
      const line = `reasons of the verdict: ${reasons.join(', ')}`;
      return { sightings: [{ perspective: null, line, slots: { reasons: others.join(', ') } }] };
    },
  },
  'lenient-pass': {
    looksFor: 'a check that passed without corroborating',
    sure: 'certain',
    text: 'What was found satisfies the Open MPIC API but not the Baseline Requirements, so it does not corroborate.',
    applicant: 'Publish the value exactly as the CA gave it, without changes in case, white space or place.',
    ca: 'Use parameters that follow the Baseline Requirements; docs/divergences.md lists the differences.',
    find: inEach(lookAtLeniency),
  },
  unexplained: {
    looksFor: 'a failure that no other cause explains',
    sure: 'possible',
    text: 'No known cause fits the evidence.',
    applicant: 'Send the evidence below to the CA.',
    ca: 'Read the errors and details of the perspectives; docs/errors.md explains each error.',
    find: inEach(lookAtAnything),
  },
} as const satisfies Readonly<Record<string, Rule>>;
