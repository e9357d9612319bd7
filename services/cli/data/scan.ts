import { ScanCommand, type ScanCommandInput } from '@aws-sdk/client-dynamodb';
import type { TypedItem } from './item-json.ts';
import type { Pace } from './pace.ts';
import { retrying } from './retry.ts';
import type { Session } from './session.ts';
import { together } from './together.ts';

/** Parts of a table that are read at the same time. */
const SEGMENTS = 4;

export interface ScanParts {
  readonly session: Session;
  readonly table: string;
  readonly pace: Pace;
  /** Read units that all segments together may use in a second; also bounds what one page can use. */
  readonly maxReadUnits: number;
  /** Takes each page; the segment reads on when it has resolved. */
  readonly take: (items: readonly TypedItem[]) => Promise<void>;
}

/**
 * Read a whole table, strongly consistent. What is written meanwhile may or may not be among it: a scan is no picture of
 * one moment.
 */
export async function scanTable(parts: ScanParts): Promise<void> {
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment);
  await together(
    parts.session.signal,
    segments.map((segment) => (signal) => scanSegment(parts, segment, signal)),
  );
}

async function scanSegment(
  { session, table, pace, maxReadUnits, take }: ScanParts,
  segment: number,
  signal: AbortSignal,
): Promise<void> {
  const own = { ...session, signal };
  // An item seldom costs more than one unit, so the pages of all segments cost about what a second allows.
  const limit = Math.max(1, Math.floor(maxReadUnits / SEGMENTS));
  let estimate = limit;
  let after: TypedItem | undefined;
  do {
    const input = scanInput(table, segment, limit, after);
    await pace.take(estimate, signal);
    const page = await retrying(own, () =>
      session.client.send(new ScanCommand(input), { abortSignal: signal }),
    );
    const used = page.ConsumedCapacity?.CapacityUnits ?? estimate;
    pace.settle(estimate, used);
    estimate = used;
    await take(page.Items ?? []);
    after = page.LastEvaluatedKey;
  } while (after !== undefined);
}

function scanInput(
  table: string,
  segment: number,
  limit: number,
  after: TypedItem | undefined,
): ScanCommandInput {
  return {
    TableName: table,
    ConsistentRead: true,
    ReturnConsumedCapacity: 'TOTAL',
    Segment: segment,
    TotalSegments: SEGMENTS,
    Limit: limit,
    ...(after === undefined ? {} : { ExclusiveStartKey: after }),
  };
}
