import { createHash } from 'node:crypto';
import type { RequestRecord } from '../../../shared/domain/mpic/lifecycle.ts';
import type { World } from '../world/world.ts';
import type { Evidence } from './evidence.ts';
import type { Accuse } from './judge.ts';
import type { Mail } from './messages.ts';

/** What the rules of one request examine. */
export interface Case {
  readonly world: World;
  readonly accuse: Accuse;
  readonly evidence: Evidence;
  readonly mail: Mail;
  readonly endedAt: number;
}

/** How long after its attempt's deadline a decision may still be valid. */
export const TOO_LATE_MS = 60_000;

export const cohortOf = (record: RequestRecord, attempt: number) =>
  record.cohorts[(attempt - 1) % record.cohorts.length] ?? [];

export const askedIn = (record: RequestRecord, attempt: number) => [
  ...cohortOf(record, attempt).map(({ code }) => code),
  ...(record.primary === null ? [] : [record.primary]),
];

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
