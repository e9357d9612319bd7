import { RESULTS_KEY } from '../../contract/deployment/tables.ts';
import { CONTRACT_VERSION } from '../../contract/messages/contract.ts';
import { readStoredResult, serialiseResult } from '../../contract/messages/stored-result.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import type { PerspectiveCode, ResultKey } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import type { Item } from './store-call.ts';
import { VERSION_ATTRIBUTE } from './stored-version.ts';

/** The whole result as JSON text. */
const RESULT_ATTRIBUTE = 'result';

/**
 * Key of a result. The perspective's code leads the partition key, because a perspective's role is limited to
 * partition keys that start with its own code (`dynamodb:LeadingKeys`).
 */
export function resultItemKey(requestId: string, { perspective, attempt }: ResultKey): Item {
  return {
    [RESULTS_KEY.partition]: partitionOf(perspective, requestId),
    [RESULTS_KEY.sort]: attempt,
  };
}

function partitionOf(perspective: PerspectiveCode, requestId: string): string {
  return `${perspective}#${requestId}`;
}

export function resultToItem(result: CheckResult): Item {
  return {
    ...resultItemKey(result.requestId, result),
    [VERSION_ATTRIBUTE]: CONTRACT_VERSION,
    [RESULT_ATTRIBUTE]: serialiseResult(result),
  };
}

/** Whether `item` lies at the key of `perspective`'s result for `attempt`. */
export function isResultItemFor(item: Item, requestId: string, { perspective, attempt }: ResultKey): boolean {
  return (
    item[RESULTS_KEY.partition] === partitionOf(perspective, requestId) && item[RESULTS_KEY.sort] === attempt
  );
}

/** What lies in an item at `key`: the key is what the writer's permissions are bound to, the content is only its word. */
export function resultFromItem(item: Item, requestId: string, key: ResultKey): StoredResult {
  const stored = item[RESULT_ATTRIBUTE];
  return readStoredResult(typeof stored === 'string' ? stored : undefined, requestId, key);
}
