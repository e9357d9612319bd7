import { runLoad } from '../load.ts';
import { atMost, type Measurement } from '../measurement.ts';
import { readPeakMiB } from '../process-usage.ts';
import { startServer } from '../server.ts';
import { checkPlan, forEmbedded, type Scenario } from './context.ts';

const CALLERS = 64;
const CHECKPOINTS = 10;

/** Caches that are bounded fill up at first: what counts as a leak is growth after half of the requests. */
const FLAT_GROWTH_MIB = 5;

/** Whether memory stays where it is over many requests: the live heap after a full collection, at ten checkpoints. */
export const measureMemory: Scenario = async (context) => {
  const { requests } = context.options;
  const server = await startServer(context.options, { probesHeap: true });
  try {
    const check = checkPlan(context, server);
    const heaps = [await server.readHeapMiB()];
    for (let checkpoint = 1; checkpoint <= CHECKPOINTS; checkpoint++) {
      await runLoad(check, { callers: CALLERS, requests: Math.round(requests / CHECKPOINTS) });
      const heap = await server.readHeapMiB();
      heaps.push(heap);
      context.progress(
        `${Math.round((requests / CHECKPOINTS) * checkpoint)} requests: heap ${heap.toFixed(1)} MiB`,
      );
    }
    const heapAt = (checkpoint: number) => heaps[checkpoint] ?? Number.NaN;
    const row = (what: string, value: number, target?: Measurement['target']): Measurement => ({
      scenario: 'memory',
      what,
      value,
      unit: 'MiB',
      target,
    });
    const rows = [
      row('heap after the start', heapAt(0)),
      row(`heap after ${requests / 2} requests`, heapAt(CHECKPOINTS / 2)),
      row(`heap after ${requests} requests`, heapAt(CHECKPOINTS)),
      row(
        'heap growth over the second half',
        heapAt(CHECKPOINTS) - heapAt(CHECKPOINTS / 2),
        atMost(FLAT_GROWTH_MIB),
      ),
    ];
    const peak = server.pid === null ? null : readPeakMiB(server.pid);
    return peak === null
      ? rows
      : [...rows, row('server memory, peak', peak, forEmbedded(context, atMost(200)))];
  } finally {
    await server.stop();
  }
};
