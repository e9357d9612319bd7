import type { Policy } from '../../shared/domain/check/check.ts';

/**
 * How the processes of a history stand to each other.
 *
 * - `functions`: as deployed: Lambda functions behind a gateway and event source mappings, tables, queues, bus and bucket.
 * - `processes`: the same tables and queues, served by processes that run for long.
 * - `embedded`: one process over its own database; another takes its place when it is dead.
 */
export const SHAPES = ['functions', 'processes', 'embedded'] as const;
export type Shape = (typeof SHAPES)[number];

/** What can become of one try of a call. */
export type CallFate =
  /** Refused at once, nothing done. */
  | 'refuse'
  /** Refused at once for being one too many, nothing done. */
  | 'throttle'
  /** It never arrives. */
  | 'lose-request'
  /** It is done, and the answer never arrives. */
  | 'lose-answer'
  /** It is done, and the answer says that it failed. */
  | 'fail-after'
  /** It arrives seconds later; who sent it may have given up by then. */
  | 'slow'
  /** Of a batch only a part is done. */
  | 'partial';

/** What can become of a message. */
export type MessageFate = 'delay' | 'duplicate' | 'keep-after-deletion';

/** One thing that goes wrong. Times are milliseconds since the beginning. */
export type Fault = FaultKind & {
  /** Its place in the plan that the seed gives. */
  readonly id: number;
};

export type FaultKind =
  | {
      readonly kind: 'calls';
      readonly from: number;
      readonly until: number;
      readonly dependency: string;
      /** Null: every process. */
      readonly role: string | null;
      readonly fate: CallFate;
      /** Of the calls, from 0 to 1. */
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
      /** Before its request goes out, or after its effect. */
      readonly moment: 'before' | 'after';
      /** Null: the process is killed. */
      readonly freezeMs: number | null;
    }
  | { readonly kind: 'kill'; readonly at: number; readonly role: string }
  | { readonly kind: 'freeze'; readonly at: number; readonly role: string; readonly forMs: number }
  | { readonly kind: 'clock-jump'; readonly at: number; readonly role: string; readonly byMs: number }
  | {
      readonly kind: 'messages';
      readonly from: number;
      readonly until: number;
      /** Prefix of its name. */
      readonly queue: string;
      readonly fate: MessageFate;
      readonly share: number;
    };

/** One caller of the service and all it does about one request. */
export interface ClientPlan {
  /** Its place in the plan that the seed gives. */
  readonly id: number;
  readonly at: number;
  readonly caller: string;
  /** Null: without. */
  readonly key: string | null;
  readonly body: string;
  readonly isAsync: boolean;
  /** How often it asks, each time waiting for as long as told and a bit more, while it hears nothing good. */
  readonly tries: number;
  readonly patienceMs: number;
  /** It asks again with its key, this long after it has its first answer. */
  readonly repeats: readonly number[];
  readonly reads: readonly {
    readonly afterMs: number;
    readonly waitSeconds: number;
    readonly caller: string;
  }[];
}

/** How the check of a target goes at one perspective. */
export interface SightPlan {
  /** Share of looks that show what permits nobody. */
  readonly forbids: number;
  readonly fails: number;
  readonly slow: number;
  readonly hangs: number;
}

/** How a hostile perspective treats a job. */
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

/** Everything that a history is made of but the small change, which its seed gives: latencies and the like. */
export interface Plan {
  readonly seed: number;
  readonly shape: Shape;
  /** True time of the beginning, Unix milliseconds. */
  readonly startsAt: number;
  readonly policy: Policy;
  readonly perspectives: 6 | 12;
  readonly defaultCount: number;
  readonly primary: 'none' | 'site' | 'perspective';
  readonly isPrimaryValidated: boolean;
  readonly callers: readonly string[];
  /** Wall clocks are wrong by up to this much, each by its own. */
  readonly clockErrorMs: number;
  readonly sight: SightPlan;
  readonly hostile: readonly { readonly perspective: number; readonly ways: readonly Hostility[] }[];
  readonly clients: readonly ClientPlan[];
  readonly faults: readonly Fault[];
  /** When the last fault is over. */
  readonly peaceAt: number;
}

/** Nothing goes wrong: everything has to be perfect. */
export function isCalm({ faults, hostile, sight, clockErrorMs }: Plan): boolean {
  return (
    faults.length === 0 &&
    hostile.length === 0 &&
    clockErrorMs === 0 &&
    sight.forbids + sight.fails + sight.slow + sight.hangs === 0
  );
}

/** How much two wall clocks, or one at two times, may differ. */
export function disagreementMs({ clockErrorMs, faults }: Plan): number {
  return faults.reduce(
    (sum, fault) => sum + (fault.kind === 'clock-jump' ? Math.abs(fault.byMs) : 0),
    2 * clockErrorMs,
  );
}
