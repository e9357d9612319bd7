import { openEmulatedBench } from '../support/emulated-bench.ts';
import { describeHostilePerspectives } from './hostile-perspective.ts';

describeHostilePerspectives('emulated', (startsAt) => openEmulatedBench(startsAt), {
  flood: 50,
  together: 10,
  time: 'real',
  random: 10,
});
