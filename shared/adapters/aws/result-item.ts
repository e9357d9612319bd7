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
 * Key of a result. The partition key starts with the perspective's code, because a perspective's role is limited to
 * such keys (`dynamodb:LeadingKeys`).
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

/** Whether `item` has the key of `perspective`'s result for `attempt`. */
export function isResultItemFor(item: Item, requestId: string, { perspective, attempt }: ResultKey): boolean {
  return (
    item[RESULTS_KEY.partition] === partitionOf(perspective, requestId) && item[RESULTS_KEY.sort] === attempt
  );
}

/** Read the result in the item at `key`. The writer's permissions cover only the key; the content is untrusted. */
export function resultFromItem(item: Item, requestId: string, key: ResultKey): StoredResult {
  const stored = item[RESULT_ATTRIBUTE];
  return readStoredResult(typeof stored === 'string' ? stored : undefined, requestId, key);
}
