import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { RESULTS_KEY } from '../../contract/deployment/tables.ts';
import type { CheckResult } from '../../domain/check/check-result.ts';
import type { ResultSink } from '../../ports/request-store.ts';
import { resultToItem } from './result-item.ts';
import { assertItemFits, writeConditionally } from './store-call.ts';

/** The plain client does: the one for documents would be a twentieth of a perspective's cold start (decision 0019). */
export interface PutClient {
  send(command: PutItemCommand): Promise<unknown>;
}

export interface DynamoDbResultStoreDeps {
  readonly client: PutClient;
  readonly table: string;
}

/** A perspective's side of the results table: it needs `dynamodb:PutItem` on its own partition keys and nothing else. */
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
    // A refusal after a lost answer is most likely our own first try, and this role may not look. Said to be recorded,
    // since telling the decision twice does no harm and telling it never costs the attempt its time.
    return outcome === 'refused' ? 'duplicate' : 'recorded';
  }
}
