import { randomUUID } from 'node:crypto';
import {
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { REQUESTS_KEY } from '../../contract/deployment/tables.ts';
import type { AttemptVerdict, RequestRecord } from '../../domain/mpic/lifecycle.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { NextAttempt, RequestStore, WriteOutcome } from '../../ports/request-store.ts';
import { evidenceAttribute, packEvidence } from './frozen-evidence.ts';
import { readRequest } from './read-request.ts';
import {
  assertItemFits,
  type ConditionalOutcome,
  callStore,
  type Item,
  writeConditionally,
} from './store-call.ts';
import { ATTRIBUTES, requestToItem, verdictToAttribute } from './stored-request.ts';

export interface DynamoDbRequestStoreDeps {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly clock: Clock;
}

const FIRST_POLL_MS = 20;
const LAST_POLL_MS = 250;
const POLL_GROWTH = 1.5;

const RUNNING_THIS_ATTEMPT = '#status = :running AND #attempt = :attempt';

/** The requests table in DynamoDB: single-item conditional writes, strongly consistent reads. */
export class DynamoDbRequestStore implements RequestStore {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;
  readonly #clock: Clock;

  constructor(deps: DynamoDbRequestStoreDeps) {
    this.#client = deps.client;
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  async create(record: RequestRecord): Promise<'created' | 'exists'> {
    const token = randomUUID();
    const item = requestToItem(record, token);
    assertItemFits(item, `request ${record.requestId}`);
    const put = new PutCommand({
      TableName: this.#table,
      Item: item,
      ConditionExpression: 'attribute_not_exists(#id)',
      ExpressionAttributeNames: { '#id': REQUESTS_KEY.partition },
    });
    const outcome = await writeConditionally('PutItem', () => this.#client.send(put));
    if (outcome === 'written') return 'created';
    return outcome === 'refused-on-retry' && (await this.#wasWrittenBy(record.requestId, token))
      ? 'created'
      : 'exists';
  }

  async read(requestId: string): Promise<RequestRecord | null> {
    const item = await this.#getItem(requestId);
    return item === undefined ? null : readRequest(this.#client, this.#clock, this.#table, item);
  }

  advance(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    next: NextAttempt,
  ): Promise<WriteOutcome> {
    return this.#endAttempt(requestId, attempt, verdict, {
      set: '#attempt = :next, #start = :start, #startedAt = :startedAt, #deadline = :deadline',
      names: {
        '#start': ATTRIBUTES.attemptToken,
        '#startedAt': ATTRIBUTES.attemptStartedAt,
        '#deadline': ATTRIBUTES.attemptDeadline,
      },
      values: {
        ':next': attempt + 1,
        ':start': next.token,
        ':startedAt': next.startedAt,
        ':deadline': next.deadline,
      },
    });
  }

  close(requestId: string, attempt: number, verdict: AttemptVerdict): Promise<WriteOutcome> {
    return this.#endAttempt(requestId, attempt, verdict, {
      set: '#status = :completed, #completedAt = :completedAt',
      names: { '#completedAt': ATTRIBUTES.completedAt },
      values: { ':completed': 'completed', ':completedAt': verdict.decidedAt },
    });
  }

  async markPublished(requestId: string): Promise<void> {
    await this.#update({
      TableName: this.#table,
      Key: keyOf(requestId),
      // Without the condition the update would create an item for a request that was never accepted.
      ConditionExpression: 'attribute_exists(#id)',
      UpdateExpression: 'SET #published = :true',
      ExpressionAttributeNames: { '#id': REQUESTS_KEY.partition, '#published': ATTRIBUTES.published },
      ExpressionAttributeValues: { ':true': true },
    });
  }

  async awaitCompletion(
    requestId: string,
    waitMs: number,
    signal?: AbortSignal,
  ): Promise<RequestRecord | null> {
    const until = this.#clock.monotonic() + waitMs;
    for (let step = FIRST_POLL_MS; ; step = Math.min(LAST_POLL_MS, step * POLL_GROWTH)) {
      const item = await this.#getItem(requestId);
      if (item === undefined) return null;
      const remaining = until - this.#clock.monotonic();
      const isOver = item[ATTRIBUTES.status] !== 'running' || remaining <= 0 || signal?.aborted;
      if (isOver) return readRequest(this.#client, this.#clock, this.#table, item);
      await sleep(this.#clock, Math.min(step, remaining), signal);
    }
  }

  async #endAttempt(
    requestId: string,
    attempt: number,
    verdict: AttemptVerdict,
    change: Change,
  ): Promise<WriteOutcome> {
    const token = randomUUID();
    const evidence = packEvidence(requestId, attempt, verdict.results);
    // Written before the verdict that refers to them. If another process ends the attempt, they stay unused and are
    // harmless.
    await Promise.all(evidence.parts.map((part) => this.#writePart(part)));
    const outcome = await this.#update({
      TableName: this.#table,
      Key: keyOf(requestId),
      ConditionExpression: RUNNING_THIS_ATTEMPT,
      UpdateExpression: `SET ${change.set}, #verdicts = list_append(#verdicts, :verdict), #evidence = :evidence, #token = :token`,
      ExpressionAttributeNames: {
        '#status': ATTRIBUTES.status,
        '#attempt': ATTRIBUTES.attempt,
        '#verdicts': ATTRIBUTES.verdicts,
        '#evidence': evidenceAttribute(attempt),
        '#token': ATTRIBUTES.writeToken,
        ...change.names,
      },
      ExpressionAttributeValues: {
        ':running': 'running',
        ':attempt': attempt,
        ':verdict': [verdictToAttribute(verdict)],
        ':evidence': evidence.attribute,
        ':token': token,
        ...change.values,
      },
    });
    if (outcome === 'written') return 'written';
    return outcome === 'refused-on-retry' && (await this.#wasWrittenBy(requestId, token))
      ? 'written'
      : 'superseded';
  }

  /** Uses an update because the coordinator's role does not permit puts. */
  async #writePart(part: Item): Promise<void> {
    const { [REQUESTS_KEY.partition]: id, ...attributes } = part;
    if (id === undefined) throw new TypeError('a part of evidence needs a key');
    const names = Object.keys(attributes);
    await this.#update({
      TableName: this.#table,
      Key: { [REQUESTS_KEY.partition]: id },
      UpdateExpression: `SET ${names.map((_, index) => `#n${index} = :v${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#n${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        Object.values(attributes).map((value, index) => [`:v${index}`, value]),
      ),
    });
  }

  /**
   * Whether the last write to a request carried `token`.
   *
   * After a lost response the SDK retries the call, and the condition then fails because of the call's own first write.
   * If that counted as another process's write, no process would publish the request.
   */
  async #wasWrittenBy(requestId: string, token: string): Promise<boolean> {
    const item = await this.#getItem(requestId);
    return item?.[ATTRIBUTES.writeToken] === token;
  }

  #update(input: UpdateCommandInput): Promise<ConditionalOutcome> {
    return writeConditionally('UpdateItem', () => this.#client.send(new UpdateCommand(input)));
  }

  async #getItem(requestId: string): Promise<Item | undefined> {
    const { Item: item } = await callStore('GetItem', () =>
      this.#client.send(
        new GetCommand({ TableName: this.#table, Key: keyOf(requestId), ConsistentRead: true }),
      ),
    );
    return item;
  }
}

interface Change {
  readonly set: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Item;
}

function keyOf(requestId: string): Item {
  return { [REQUESTS_KEY.partition]: requestId };
}
