import type { PublicationLimits } from '../contract/settings/service-config.ts';
import type { RequestRecord } from '../domain/mpic/lifecycle.ts';

/** Completed requests whose audit records or event are not known to be published. */
export interface Unpublished {
  readonly count: number;
  /** When the oldest of them was decided, Unix milliseconds; null if there is none. */
  readonly oldestAt: number | null;
}

/**
 * Watches whether verdicts get their audit records and events: an auditor does not accept a verdict without evidence.
 */
export interface PublicationWatch {
  /** Note an accepted request, whose publication may be watched. Returns at once and never throws. */
  accepted(record: RequestRecord): void;
  /**
   * Whether publications are known to be further behind than `limits`. Takes at most half a second and never rejects.
   */
  isBehind(limits: PublicationLimits): Promise<boolean>;
}
