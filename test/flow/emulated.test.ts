import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeAnswers } from './answers.ts';
import { describeAttempts } from './attempts.ts';
import { describeEvidence } from './evidence.ts';
import { describeFailures } from './failures.ts';
import { describeIdempotency } from './idempotency.ts';
import { describeLateness } from './lateness.ts';
import { describeMessages } from './messages.ts';

// What depends on store, queues or bus. Refusals, dated rules and the like are the same code before any of them.
const suites = [
  describeAnswers,
  describeIdempotency,
  describeAttempts,
  describeLateness,
  describeMessages,
  describeFailures,
  describeEvidence,
];
for (const describeSuite of suites) describeSuite('emulated', openEmulatedBench);
