import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeEvidence } from './evidence.ts';
import { describeMessages } from './messages.ts';

describeMessages('emulated', (startsAt) => openEmulatedBench(startsAt));
describeEvidence('emulated', (startsAt) => openEmulatedBench(startsAt));
