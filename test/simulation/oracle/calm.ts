import { isCalm } from '../plan.ts';
import type { World } from '../world/world.ts';
import type { Accuse } from './judge.ts';

/** Time for the check, the linger and the latencies. */
const SOON_MS = 2000;

/** Without faults every request gets all results, the right verdict, and soon. */
export function judgeCalm({ plan, ledger }: World, accuse: Accuse): void {
  if (!isCalm(plan)) return;
  const mayPass = plan.isPrimaryValidated || plan.primary !== 'perspective' || plan.policy === 'open-mpic';
  for (const [id, writes] of ledger.requests) {
    const [first] = writes;
    const ended = writes.find(({ record }) => record.status === 'completed');
    if (first === undefined || ended === undefined) continue;
    if (ended.record.verdicts[0]?.isValid !== mayPass)
      accuse('calm-not-perfect', id, `its first attempt ended with ${ended.record.verdicts[0]?.isValid}`);
    const heard = ended.record.verdicts[0]?.counted.length ?? 0;
    const asked = (ended.record.cohorts[0]?.length ?? 0) + (ended.record.primary === null ? 0 : 1);
    if (heard < asked) accuse('calm-not-perfect', id, `${heard} of ${asked} results counted`);
    if (mayPass && ended.at - first.at > SOON_MS)
      accuse('calm-not-perfect', id, `it took ${Math.round(ended.at - first.at)} ms`);
  }
}
