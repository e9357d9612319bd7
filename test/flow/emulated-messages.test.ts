import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeEvidence } from './evidence.ts';
import { describeMessages } from './messages.ts';
import { describeOrder } from './order.ts';

describeMessages('emulated', (startsAt) => openEmulatedBench(startsAt));
describeEvidence('emulated', (startsAt) => openEmulatedBench(startsAt));
describeOrder('emulated', (startsAt) => openEmulatedBench(startsAt));
