import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { RESULTS_KEY } from '../../contract/deployment/tables.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import type { ResultSink } from '../../ports/request-store.ts';
import { resultToItem } from './result-item.ts';
import { assertItemFits, writeConditionally } from './store-call.ts';

/** The plain client. The document client would take a twentieth of a perspective's cold start (decision 0019). */
export interface PutClient {
  send(command: PutItemCommand): Promise<unknown>;
}

export interface DynamoDbResultStoreDeps {
  readonly client: PutClient;
  readonly table: string;
}

/** A perspective's side of the results table. Needs only `dynamodb:PutItem` on its own partition keys. */
export class DynamoDbResultStore implements ResultSink {
  readonly #client: PutClient;
  readonly #table: string;

  constructor(deps: DynamoDbResultStoreDeps) {
    this.#client = deps.client;
    this.#table = deps.table;
  }

  async record(result: CheckResult): Promise<'recorded' | 'duplicate'> {
    const item = resultToItem(result);
    assertItemFits(item, `result of ${result.perspective} for ${result.requestId}`);
    const put = new PutItemCommand({
      TableName: this.#table,
      Item: marshall(item),
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': RESULTS_KEY.partition },
    });
    const outcome = await writeConditionally('PutItem', () => this.#client.send(put));
    // A failed condition after a lost response most likely means that the first try was stored; this role may not read
    // the item. Returns `recorded`, because a second notice to the coordinator is harmless and a missing one delays the
    // attempt.
    return outcome === 'refused' ? 'duplicate' : 'recorded';
  }
}
