import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeAttempts } from './attempts.ts';
import { describeLateness } from './lateness.ts';

describeAttempts('emulated', (startsAt) => openEmulatedBench(startsAt));
describeLateness('emulated', (startsAt) => openEmulatedBench(startsAt));
