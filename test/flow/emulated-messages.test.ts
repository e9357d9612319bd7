import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeEvidence } from './evidence.ts';
import { describeMessages } from './messages.ts';

describeMessages('emulated', openEmulatedBench);
describeEvidence('emulated', openEmulatedBench);
