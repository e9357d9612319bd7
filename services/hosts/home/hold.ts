import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { sleep } from '../../../shared/ports/clock.ts';

/** Keep this environment busy, so that warmers that come together reach different ones. */
export function hold(holdMs: number): Promise<void> {
  return sleep(systemClock, holdMs);
}
