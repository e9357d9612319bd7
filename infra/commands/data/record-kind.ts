import type { Item } from '../../../shared/adapters/aws/store-call.ts';
import { requestFromItem } from '../../../shared/adapters/aws/stored-request.ts';
import { resultFromItem } from '../../../shared/adapters/aws/stored-result.ts';
import { UnreadableItemError } from '../../../shared/adapters/aws/stored-version.ts';
import { REQUESTS_KEY, RESULTS_KEY } from '../../../shared/adapters/aws/tables.ts';

/** The two kinds of records, in the words of `TableNames`. */
export const RECORD_KINDS = ['requests', 'results'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** Key attributes of the table of each kind, partition key first. */
export const KEY_ATTRIBUTES: Readonly<Record<RecordKind, readonly [string, ...string[]]>> = {
  requests: [REQUESTS_KEY.partition],
  results: [RESULTS_KEY.partition, RESULTS_KEY.sort],
};

/** What reading an item with the service's own reader shows. */
export interface RecordFacts {
  /** True for a request that has no verdict yet: only the deployment that has its deadline message ends it. */
  readonly running: boolean;
}

/** Throws {@link UnreadableItemError} when this version of the service could not read the item. */
export function readRecord(kind: RecordKind, item: Item): RecordFacts {
  if (kind === 'requests') return { running: requestFromItem(item).status === 'running' };
  const { requestId, perspective, attempt } = resultKeyOf(item);
  resultFromItem(item, requestId, { perspective, attempt });
  return { running: false };
}

function resultKeyOf(item: Item) {
  // Codes of perspectives hold no `#`.
  const [, perspective, requestId] = /^([^#]+)#(.+)$/s.exec(item[RESULTS_KEY.partition]?.S ?? '') ?? [];
  const attempt = Number(item[RESULTS_KEY.sort]?.N);
  if (perspective === undefined || requestId === undefined || !Number.isInteger(attempt))
    throw new UnreadableItemError('the key is not that of a result');
  return { perspective, requestId, attempt };
}

/** The key of an item, to read it by. */
export function keyOf(kind: RecordKind, item: Item): Item {
  return Object.fromEntries(
    KEY_ATTRIBUTES[kind].flatMap((name) => {
      const value = item[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The key of an item for people: the id of a request, or perspective, request and attempt of a result. */
export function describeKey(kind: RecordKind, item: Item): string {
  return KEY_ATTRIBUTES[kind].map((name) => item[name]?.S ?? item[name]?.N ?? '?').join('#');
}
