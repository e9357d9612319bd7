import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeAnswers } from './answers.ts';
import { describeContacts } from './contacts.ts';
import { describeExplanations } from './explanations.ts';
import { describeIdempotency } from './idempotency.ts';
import { describeRequestTokens } from './request-tokens.ts';

describeAnswers('emulated', (startsAt) => openEmulatedBench(startsAt));
describeExplanations('emulated', (startsAt) => openEmulatedBench(startsAt));
describeIdempotency('emulated', (startsAt) => openEmulatedBench(startsAt));
describeContacts('emulated', (startsAt) => openEmulatedBench(startsAt));
describeRequestTokens('emulated', (startsAt) => openEmulatedBench(startsAt));
