import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { REQUESTS_KEY, type TableNames } from '../../contract/deployment/tables.ts';
import type { ResultKey } from '../../domain/check/perspective.ts';
import type { StoredResult } from '../../domain/check/stored-result.ts';
import { readableResults } from '../../domain/mpic/votes.ts';
import { type Clock, sleep } from '../../ports/clock.ts';
import type { ResultReader, ResultWait, Snapshot } from '../../ports/request-store.ts';
import { BoundedMap } from '../system/bounded-map.ts';
import { ArrivalEstimates } from './arrival-estimates.ts';
import { assertRead, type Batch, batchGetAvailable, type TableItem, type TableKey } from './batch-get.ts';
import { readRequest } from './read-request.ts';
import { isResultItemFor, resultFromItem, resultItemKey } from './result-item.ts';

export interface DynamoDbResultReaderDeps {
  readonly client: DynamoDBDocumentClient;
  readonly tables: TableNames;
  readonly clock: Clock;
}

/** Attempts whose last poll is remembered between two waits. */
const MAX_ATTEMPTS_FOLLOWED = 4096;

/** The results table as the coordinator reads it: by key, strongly consistent. */
export class DynamoDbResultReader implements ResultReader {
  readonly #client: DynamoDBDocumentClient;
  readonly #tables: TableNames;
  readonly #clock: Clock;
  readonly #estimates = new ArrivalEstimates();
  /** Start of the last poll for results of an attempt, monotonic milliseconds. */
  readonly #lastLooks = new BoundedMap<string, number>(MAX_ATTEMPTS_FOLLOWED);

  constructor(deps: DynamoDbResultReaderDeps) {
    this.#client = deps.client;
    this.#tables = deps.tables;
    this.#clock = deps.clock;
  }

  async readResults(requestId: string, keys: readonly ResultKey[]): Promise<readonly StoredResult[]> {
    const { items, unread } = await this.#get(this.#resultKeys(requestId, keys));
    assertRead(unread);
    return this.#selectResults(requestId, keys, items);
  }

  async snapshot(requestId: string, keys: readonly ResultKey[]): Promise<Snapshot> {
    const requestKey = { table: this.#tables.requests, key: { [REQUESTS_KEY.partition]: requestId } };
    const { items, unread } = await this.#get([requestKey, ...this.#resultKeys(requestId, keys)]);
    assertRead(unread.filter(({ table }) => table === this.#tables.requests));
    const request = items.find(({ table }) => table === this.#tables.requests);
    return {
      record:
        request === undefined
          ? null
          : await readRequest(this.#client, this.#clock, this.#tables.requests, request.item),
      results: this.#selectResults(requestId, keys, items),
      unread: keys.filter((key) => unread.some(({ key: item }) => isResultItemFor(item, requestId, key))),
    };
  }

  async nextResults(requestId: string, attempt: number, wait: ResultWait): Promise<readonly StoredResult[]> {
    const { missing, until, signal } = wait;
    if (missing.length === 0) return [];
    const attemptId = `${requestId}#${attempt}`;
    const keys = missing.map((perspective) => ({ perspective, attempt }));
    for (let lookAt = this.#firstLook(attemptId, wait); ; lookAt = this.#nextLook(attemptId, wait)) {
      await sleep(this.#clock, Math.min(lookAt, until) - this.#clock.monotonic(), signal);
      if (signal?.aborted) return [];
      const missedAt = this.#lastLooks.get(attemptId);
      const lookedAt = this.#clock.monotonic();
      this.#lastLooks.set(attemptId, lookedAt);
      // One try: the next poll reads unprocessed keys again, and results that have arrived are returned at once.
      const tries = lookedAt >= until ? undefined : 1;
      const { items, unread } = await this.#get(this.#resultKeys(requestId, keys), tries);
      const results = this.#selectResults(requestId, keys, items);
      if (results.length > 0) {
        this.#learn(wait.sentAt, missedAt, lookedAt, results);
        return results;
      }
      assertRead(unread);
      if (lookedAt >= until) {
        this.#estimates.silent(missing);
        this.#lastLooks.delete(attemptId);
        return [];
      }
    }
  }

  #firstLook(attemptId: string, { missing, needed, sentAt }: ResultWait): number {
    const expected = sentAt + this.#estimates.firstLook(missing, needed);
    const last = this.#lastLooks.get(attemptId);
    if (last === undefined || expected > this.#clock.monotonic()) return expected;
    return last + this.#estimates.step(missing, last - sentAt);
  }

  #nextLook(attemptId: string, { missing, sentAt }: ResultWait): number {
    const last = this.#lastLooks.get(attemptId) ?? this.#clock.monotonic();
    return last + this.#estimates.step(missing, last - sentAt);
  }

  #learn(
    sentAt: number,
    missedAt: number | undefined,
    lookedAt: number,
    results: readonly StoredResult[],
  ): void {
    for (const { perspective, startedAt, completedAt } of readableResults(results)) {
      this.#estimates.arrived(perspective, {
        durationMs: completedAt - startedAt,
        missedAtMs: missedAt === undefined ? null : missedAt - sentAt,
        foundAtMs: lookedAt - sentAt,
      });
    }
  }

  /** One key per result: DynamoDB rejects a batch with a duplicate key. */
  #resultKeys(requestId: string, keys: readonly ResultKey[]): readonly TableKey[] {
    const unique = new Map(keys.map((key) => [`${key.attempt}#${key.perspective}`, key]));
    return [...unique.values()].map((key) => ({
      table: this.#tables.results,
      key: resultItemKey(requestId, key),
    }));
  }

  #get(keys: readonly TableKey[], tries?: number): Promise<Batch> {
    return batchGetAvailable(this.#client, this.#clock, keys, tries);
  }

  #selectResults(
    requestId: string,
    keys: readonly ResultKey[],
    items: readonly TableItem[],
  ): readonly StoredResult[] {
    return keys.flatMap((key) => {
      const found = items.find(
        ({ table, item }) => table === this.#tables.results && isResultItemFor(item, requestId, key),
      );
      return found === undefined ? [] : resultFromItem(found.item, requestId, key);
    });
  }
}
