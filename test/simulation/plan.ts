import type { Policy } from '../../shared/domain/check/check.ts';

/**
 * The processes of a history and how they are connected.
 *
 * - `functions`: as deployed: Lambda functions behind a gateway and event source mappings, tables, queues, bus and
 *   bucket.
 * - `processes`: the same tables and queues, served by long-running processes.
 * - `embedded`: one process with its own database; when it dies, another takes its place.
 */
export const SHAPES = ['functions', 'processes', 'embedded'] as const;
export type Shape = (typeof SHAPES)[number];

/** What can happen to one try of a call. */
export type CallFate =
  /** Rejected at once, without effect. */
  | 'refuse'
  /** Throttled at once, without effect. */
  | 'throttle'
  /** The request never arrives. */
  | 'lose-request'
  /** Takes effect, but the response never arrives. */
  | 'lose-answer'
  /** Takes effect, but the response reports a failure. */
  | 'fail-after'
  /** Arrives seconds later; the sender may have given up by then. */
  | 'slow'
  /** Only part of a batch takes effect. */
  | 'partial';

/** What can happen to a message. */
export type MessageFate = 'delay' | 'duplicate' | 'keep-after-deletion';

/** One fault. Times are milliseconds since the start of the history. */
export type Fault = FaultKind & {
  /** Its index in the seed's plan. */
  readonly id: number;
};

export type FaultKind =
  | {
      readonly kind: 'calls';
      readonly from: number;
      readonly until: number;
      readonly dependency: string;
      /** Null means every process. */
      readonly role: string | null;
      readonly fate: CallFate;
      /** Share of the calls, from 0 to 1. */
      readonly share: number;
    }
  | {
      readonly kind: 'one-call';
      readonly dependency: string;
      readonly operation: string;
      readonly nth: number;
      readonly fate: CallFate;
    }
  | {
      readonly kind: 'end-at-call';
      readonly dependency: string;
      readonly operation: string;
      readonly nth: number;
      /** Before the request is sent, or after its effect. */
      readonly moment: 'before' | 'after';
      /** Null means that the process is killed. */
      readonly freezeMs: number | null;
    }
  | { readonly kind: 'kill'; readonly at: number; readonly role: string }
  | { readonly kind: 'freeze'; readonly at: number; readonly role: string; readonly forMs: number }
  | { readonly kind: 'clock-jump'; readonly at: number; readonly role: string; readonly byMs: number }
  | {
      readonly kind: 'messages';
      readonly from: number;
      readonly until: number;
      /** Prefix of the queue's name. */
      readonly queue: string;
      readonly fate: MessageFate;
      readonly share: number;
    };

/** One client of the service and everything it does with one request. */
export interface ClientPlan {
  /** Its index in the seed's plan. */
  readonly id: number;
  readonly at: number;
  readonly caller: string;
  /** Null means without a key. */
  readonly key: string | null;
  readonly body: string;
  readonly isAsync: boolean;
  /** Number of tries until it is accepted; waits for Retry-After and a bit more between them. */
  readonly tries: number;
  readonly patienceMs: number;
  /** Delays after its first answer at which it repeats the request with its key. */
  readonly repeats: readonly number[];
  readonly reads: readonly {
    readonly afterMs: number;
    readonly waitSeconds: number;
    readonly caller: string;
  }[];
}

/** What checks at one perspective see. */
export interface SightPlan {
  /** Share of lookups that return a set which permits no issuance. */
  readonly forbids: number;
  readonly fails: number;
  readonly slow: number;
  readonly hangs: number;
}

/** What a hostile perspective does with a job. */
export const HOSTILITIES = [
  'corroborate',
  'deny',
  'junk',
  'not-a-result',
  'other-perspective',
  'other-attempt',
  'other-start',
  'other-request',
  'other-digest',
  'late',
  'change-its-mind',
  'silent',
  'flood',
] as const;
export type Hostility = (typeof HOSTILITIES)[number];

/** Everything in a history except details such as latencies, which are derived from the seed as needed. */
export interface Plan {
  readonly seed: number;
  readonly shape: Shape;
  /** True time of the start, Unix milliseconds. */
  readonly startsAt: number;
  readonly policy: Policy;
  readonly perspectives: 6 | 12;
  readonly defaultCount: number;
  readonly primary: 'none' | 'site' | 'perspective';
  readonly isPrimaryValidated: boolean;
  readonly callers: readonly string[];
  /** Maximum error of a wall clock; each clock has its own. */
  readonly clockErrorMs: number;
  readonly sight: SightPlan;
  readonly hostile: readonly { readonly perspective: number; readonly ways: readonly Hostility[] }[];
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
  /** When the last fault is over. */
  readonly peaceAt: number;
}

/** True if there are no faults: then everything must be perfect. */
export function isCalm({ faults, hostile, sight, clockErrorMs }: Plan): boolean {
  return (
    faults.length === 0 &&
    hostile.length === 0 &&
    clockErrorMs === 0 &&
    sight.forbids + sight.fails + sight.slow + sight.hangs === 0
  );
}

/** Maximum difference between two wall clocks, or between two times of one. */
export function disagreementMs({ clockErrorMs, faults }: Plan): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.kind === 'clock-jump' ? Math.abs(fault.byMs) : 0),
    2 * clockErrorMs,
  );
}
