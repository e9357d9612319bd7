/** Calls that our code makes of AWS services for one request. */
export interface Calls {
  readonly puts: number;
  readonly updates: number;
  /** Batch gets of the request and all its results. */
  readonly gets: number;
  readonly sends: number;
  readonly events: number;
}

/** Counted over six perspectives; test/flow/aws-calls.test.ts holds the code to them. */
const UPDATES = 2;
const EVENTS = 1;
/** At most: how often the API looks depends on how long the checks take. */
const GETS = 7;

/**
 * One put for the request and one for each result; one message for the deadline and one for each job, and when the request
 * is asynchronous one for each result that was written.
 */
export function callsPerRequest(perspectives: number, mode: 'sync' | 'async'): Calls {
  return {
    puts: 1 + perspectives,
    updates: UPDATES,
    gets: GETS,
    sends: 1 + (mode === 'async' ? 2 : 1) * perspectives,
    events: EVENTS,
  };
}
