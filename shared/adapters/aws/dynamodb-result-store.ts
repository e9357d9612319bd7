import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { RESULTS_KEY } from '../../contract/deployment/tables.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import type { ResultSink } from '../../ports/request-store.ts';
import { resultToItem } from './result-item.ts';
import { assertItemFits, putConditionally } from './store-call.ts';

export interface DynamoDbResultStoreDeps {
  readonly client: DynamoDBClient;
  readonly table: string;
}

/** A perspective's side of the results table: it needs `dynamodb:PutItem` on its own partition keys and nothing else. */
export class DynamoDbResultStore implements ResultSink {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(deps: DynamoDbResultStoreDeps) {
    this.#client = deps.client;
    this.#table = deps.table;
  }

  async record(result: CheckResult): Promise<'recorded' | 'duplicate'> {
    const item = resultToItem(result);
    assertItemFits(item, `result of ${result.perspective} for ${result.requestId}`);
    const outcome = await putConditionally(this.#client, {
      TableName: this.#table,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#pk)',
      ExpressionAttributeNames: { '#pk': RESULTS_KEY.partition },
    });
    // A refusal after a lost answer is most likely our own first try, and this role may not look. Said to be recorded,
    // since telling the decision twice does no harm and telling it never costs the attempt its time.
    return outcome === 'refused' ? 'duplicate' : 'recorded';
  }
}
