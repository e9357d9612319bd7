import { unmarshall } from '@aws-sdk/util-dynamodb';
import { READ_OPTIONS } from '../../../shared/adapters/aws/documents.ts';
import { isEvidencePart } from '../../../shared/adapters/aws/frozen-evidence.ts';
import { isCanary } from '../../../shared/adapters/aws/publication-canary.ts';
import { requestFromItem } from '../../../shared/adapters/aws/stored-request.ts';
import { UnreadableItemError } from '../../../shared/adapters/aws/stored-version.ts';
import { REQUESTS_KEY, RESULTS_KEY } from '../../../shared/contract/deployment/tables.ts';
import type { TypedItem } from './item-json.ts';

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

/**
 * Throws {@link UnreadableItemError} for a request that this version of the service could not read, and for an item without a key.
 *
 * Results are taken as they are: a perspective can store anything, the service takes what it cannot read for a lost vote, and one
 * perspective must not be able to keep the records of the others where they are.
 */
export function readRecord(kind: RecordKind, item: TypedItem): RecordFacts {
  if (kind === 'results') {
    if (item[RESULTS_KEY.partition]?.S === undefined || item[RESULTS_KEY.sort]?.N === undefined)
      throw new UnreadableItemError('it has not the key of a result');
    return { running: false };
  }
  const document = unmarshall(item, READ_OPTIONS);
  if (isEvidencePart(document) || isCanary(document)) return { running: false };
  return { running: requestFromItem(document).record.status === 'running' };
}

/** The key of an item, to read it by. */
export function keyOf(kind: RecordKind, item: TypedItem): TypedItem {
  return Object.fromEntries(
    KEY_ATTRIBUTES[kind].flatMap((name) => {
      const value = item[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The key of an item for people: the id of a request, or perspective, request and attempt of a result. */
export function describeKey(kind: RecordKind, item: TypedItem): string {
  return KEY_ATTRIBUTES[kind].map((name) => item[name]?.S ?? item[name]?.N ?? '?').join('#');
}
