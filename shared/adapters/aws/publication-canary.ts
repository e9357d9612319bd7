import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { REQUESTS_KEY } from '../../contract/deployment/tables.ts';
import type { PublicationLimits } from '../../contract/settings/service-config.ts';
import { finalDeadline, type RequestRecord } from '../../domain/mpic/lifecycle.ts';
import { type Clock, within } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { PublicationWatch } from '../../ports/publication-watch.ts';
import { describeError } from './describe-error.ts';
import type { Item } from './store-call.ts';
import { ATTRIBUTES } from './stored-request.ts';

/** Interval between reads of the watched item by one process. */
const LOOK_EVERY_MS = 10_000;
/** Longest wait of a request for a read in progress. */
const LOOK_MS = 500;

/** Cannot be a request id, since those are UUIDs. */
const CANARY_ID = '#publication-canary';
const WATCHED = { requestId: 'watched_request', dueAt: 'due_at' } as const;

export interface PublicationCanaryDeps {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The watched request, and the latest time for its publication by the home clock, Unix milliseconds. */
interface Watched {
  readonly requestId: string;
  readonly dueAt: number;
}

/**
 * Watches one request at a time, shared by all processes through an item of the requests table. Any fault that blocks
 * publication (the audit bucket, the bus, the coordinator or its queue) also blocks the watched request. Once it is
 * published, the next accepted request replaces it. Costs one read every ten seconds, two while the watched request is
 * overdue.
 */
export class PublicationCanary implements PublicationWatch {
  readonly #deps: PublicationCanaryDeps;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | null = null;
  #isBehind = false;
  #isFree = false;

  constructor(deps: PublicationCanaryDeps) {
    this.#deps = deps;
  }

  accepted(record: RequestRecord): void {
    if (!this.#isFree) return;
    this.#isFree = false;
    this.#watch(record).catch((error) => this.#warn(error));
  }

  async isBehind({ maxUnpublishedMs }: PublicationLimits): Promise<boolean> {
    const { clock } = this.#deps;
    if (this.#looking === null && clock.monotonic() - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = clock.monotonic();
      this.#looking = this.#look(maxUnpublishedMs)
        .catch((error) => this.#warn(error))
        .finally(() => {
          this.#looking = null;
        });
    }
    const looking = this.#looking;
    if (looking !== null)
      await within(
        clock,
        LOOK_MS,
        () => looking,
        () => new Error('the read is still in progress'),
      ).catch(() => {});
    return this.#isBehind;
  }

  async #look(maxUnpublishedMs: number): Promise<void> {
    const watched = readWatched(await this.#get(CANARY_ID));
    const isOverdue = watched !== null && this.#deps.clock.now() > watched.dueAt + maxUnpublishedMs;
    if (watched !== null && !isOverdue) {
      this.#isBehind = false;
      return;
    }
    const request = watched === null ? undefined : await this.#get(watched.requestId);
    // A missing request has expired from the table.
    const isOpen = request !== undefined && request[ATTRIBUTES.published] !== true;
    this.#isBehind = isOpen;
    this.#isFree = !isOpen;
  }

  async #get(requestId: string): Promise<Item | undefined> {
    const { client, table } = this.#deps;
    const { Item } = await client.send(
      new GetCommand({
        TableName: table,
        Key: { [REQUESTS_KEY.partition]: requestId },
        ConsistentRead: true,
      }),
    );
    return Item;
  }

  async #watch(record: RequestRecord): Promise<void> {
    const { client, table } = this.#deps;
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: { [REQUESTS_KEY.partition]: CANARY_ID },
        UpdateExpression: 'SET #watched = :watched, #due = :due',
        ExpressionAttributeNames: { '#watched': WATCHED.requestId, '#due': WATCHED.dueAt },
        ExpressionAttributeValues: {
          ':watched': record.requestId,
          ':due': finalDeadline(record),
        },
      }),
    );
  }

  #warn(error: unknown): void {
    this.#deps.log.warn('publication_not_watched', { error: describeError(error) });
  }
}

/** Whether an item of the requests table is the publication canary, not a request. */
export function isCanary(item: Item): boolean {
  return item[REQUESTS_KEY.partition] === CANARY_ID;
}

function readWatched(item: Item | undefined): Watched | null {
  const requestId = item?.[WATCHED.requestId];
  const dueAt = item?.[WATCHED.dueAt];
  return typeof requestId === 'string' && typeof dueAt === 'number' && Number.isFinite(dueAt)
    ? { requestId, dueAt }
    : null;
}
