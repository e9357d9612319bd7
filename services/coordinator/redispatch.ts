import { Attempt } from '../../shared/domain/mpic/attempt.ts';
import type { RequestRecord } from '../../shared/domain/mpic/lifecycle.ts';
import type { ResultReader } from '../../shared/ports/request-store.ts';
import { type DispatchDeps, dispatchJobs } from './start.ts';

/**
 * Send the jobs of the attempt under way again to all who are silent so far: they may have been lost in a crash. Does nothing
 * where this process has sent them within the last two seconds.
 *
 * @throws StoreUnavailableError when it cannot be read who is silent.
 */
export async function redispatchJobs(
  deps: DispatchDeps & { readonly results: ResultReader },
  record: RequestRecord,
): Promise<void> {
  if (!deps.dispatches.claim(record)) return;
  const { asked, keys } = new Attempt(record);
  const { results } = await deps.results.snapshot(record.requestId, keys);
  const silent = asked.filter((code) => !results.some(({ perspective }) => perspective === code));
  await dispatchJobs(deps, record, silent, true);
}
