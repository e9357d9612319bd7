import type { AuditRecord } from '../contract/audit/audit-schema.ts';

/**
 * The append-only audit trail. `recordId` identifies a fact. A trail may drop a record whose id it already holds;
 * readers of a trail that cannot (a log stream) drop repetitions.
 */
export interface AuditTrail {
  /**
   * @param filedAt Unix milliseconds by the clock of the home region, the same at each repetition; a trail may group
   *   records by its day. Times inside the records may come from perspectives.
   */
  append(records: readonly AuditRecord[], filedAt: number): Promise<void>;
}
