import { setMaxListeners } from 'node:events';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { type Clock, sleep } from '../../../shared/ports/clock.ts';
import type { TypedItem } from './item-json.ts';
import type { Session } from './session.ts';

/** Parts of a table that are read at the same time. */
const SEGMENTS = 4;

/** Resolves when the units that were used are paid for, so that all readers together use so many a second on average. */
export type Pace = (units: number, signal: AbortSignal) => Promise<void>;

/** Time in which nobody reads is not saved up. */
export function createPace(clock: Clock, unitsPerSecond: number): Pace {
  let paidUntil = clock.monotonic();
  return async (units, signal) => {
    paidUntil = Math.max(paidUntil, clock.monotonic()) + (units * 1000) / unitsPerSecond;
    await sleep(clock, paidUntil - clock.monotonic(), signal);
  };
}

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
 * one moment. The first failure stops all segments, and none is under way any more when it is thrown.
 */
export async function scanTable({ session, table, pace, maxReadUnits, take }: ScanParts): Promise<void> {
  const stop = new AbortController();
  const signal = AbortSignal.any([session.signal, stop.signal]);
  // Every call under way listens to it.
  setMaxListeners(0, signal);
  // An item seldom costs more than one unit, so the pages of all segments cost about what a second allows.
  const limit = Math.max(1, Math.floor(maxReadUnits / SEGMENTS));

  const scanSegment = async (segment: number) => {
    const input = {
      TableName: table,
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
      Segment: segment,
      TotalSegments: SEGMENTS,
      Limit: limit,
    } as const;
    const pages = paginateScan({ client: session.client }, { ...input }, { abortSignal: signal });
    for await (const { Items = [], ConsumedCapacity } of pages) {
      await take(Items);
      await pace(ConsumedCapacity?.CapacityUnits ?? limit, signal);
    }
  };
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment);
  await Promise.all(segments.map((segment) => scanSegment(segment).catch((error) => stop.abort(error))));
  stop.signal.throwIfAborted();
}
