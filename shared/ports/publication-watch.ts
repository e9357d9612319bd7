import type { PublicationLimits } from '../contract/settings/service-config.ts';
import type { RequestRecord } from '../domain/mpic/lifecycle.ts';

/** Completed requests whose audit records or event are not known to be out. */
export interface Unpublished {
  readonly count: number;
  /** When the oldest of them was decided, Unix milliseconds; null without any. */
  readonly oldestAt: number | null;
}

/** Knows whether verdicts get their audit records and events: a verdict without evidence is none that an auditor accepts. */
export interface PublicationWatch {
  /** A request was accepted, whose publication may be watched. Waits for nothing and never throws. */
  accepted(record: RequestRecord): void;
  /** Whether publications are further behind than they may be, as far as is known. Takes half a second at most, and never rejects. */
  isBehind(limits: PublicationLimits): Promise<boolean>;
}
