import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../../shared/ports/clock.ts';

/** What every verb that talks to DynamoDB works with. */
export interface Session {
  readonly client: DynamoDBClient;
  readonly region: string;
  readonly clock: Clock;
  /** When to give up, on the monotonic clock. */
  readonly until: number;
  readonly timeoutMinutes: number;
  /** Aborted by Ctrl-C, or when a part of the same work has failed. */
  readonly signal: AbortSignal;
  /** A line about what goes on, for people. */
  note(text: string): void;
}

/** What a verb came to: for people, for programs, and as exit status. */
export interface Report {
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly exitStatus: 0 | 1;
}
