import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RequestRecord } from '../../domain/mpic/lifecycle.ts';
import type { Clock } from '../../ports/clock.ts';
import { batchGet } from './batch-get.ts';
import { evidencePartKeys, joinEvidence } from './frozen-evidence.ts';
import type { Item } from './store-call.ts';
import { requestFromItem } from './stored-request.ts';

/** Read the record in an item of the requests table, including evidence stored in separate items. */
export async function readRequest(
  client: DynamoDBDocumentClient,
  clock: Clock,
  table: string,
  item: Item,
): Promise<RequestRecord> {
  const { record, spilled } = requestFromItem(item);
  if (spilled.length === 0) return record;
  const { requestId } = record;
  const keys = spilled.flatMap((evidence) => evidencePartKeys(requestId, evidence));
  const found = await batchGet(
    client,
    clock,
    keys.map((key) => ({ table, key })),
  );
  const items = found.map((one) => one.item);
  const verdicts = record.verdicts.map((verdict) => {
    const evidence = spilled.find(({ attempt }) => attempt === verdict.attempt);
    return evidence === undefined
      ? verdict
      : { ...verdict, results: joinEvidence(requestId, evidence, items) };
  });
  return { ...record, verdicts };
}
