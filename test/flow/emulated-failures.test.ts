import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeFailures } from './failures.ts';

describeFailures('emulated', (startsAt) => openEmulatedBench(startsAt));
