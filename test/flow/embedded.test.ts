import { openEmbeddedBench } from '../support/bench.ts';
import { describeAnswers } from './answers.ts';
import { describeAttempts } from './attempts.ts';
import { describeContacts, describeContactsUnderAttack } from './contacts.ts';
import { describeDatedRules } from './dated-rules.ts';
import { describeEvidence } from './evidence.ts';
import { describeExplanations } from './explanations.ts';
import { describeFailures } from './failures.ts';
import { describeHijack } from './hijack.ts';
import { describeHostilePerspectives } from './hostile-perspective.ts';
import { describeIdempotency } from './idempotency.ts';
import { describeLateness } from './lateness.ts';
import { describeMessages } from './messages.ts';
import { describeOrder } from './order.ts';
import { describePrimary } from './primary.ts';
import { describeRefusals } from './refusals.ts';
import { describeRequestLines } from './request-lines.ts';
import { describeRequestTokens } from './request-tokens.ts';

const suites = [
  describeAnswers,
  describeExplanations,
  describeRefusals,
  describeRequestLines,
  describeRequestTokens,
  describeIdempotency,
  describeAttempts,
  describePrimary,
  describeOrder,
  describeDatedRules,
  describeHijack,
  describeLateness,
  describeMessages,
  describeFailures,
  describeEvidence,
  describeContacts,
  describeContactsUnderAttack,
];
for (const describeSuite of suites) describeSuite('embedded', openEmbeddedBench);
describeHostilePerspectives('embedded', openEmbeddedBench, {
  flood: 5000,
  together: 1,
  time: 'virtual',
  random: 60,
});
