import type { AuditRecord } from '../contract/audit/audit-schema.ts';

/**
 * The append-only audit trail. `recordId` names a fact: a trail that already holds it may drop the repetition, and a
 * reader of one that cannot (a log stream) drops it.
 */
export interface AuditTrail {
  /**
   * @param filedAt Unix milliseconds by the clock of the home region, under whose day a trail may file them: the same at each
   *   repetition. The times in the records may be those of perspectives.
   */
  append(records: readonly AuditRecord[], filedAt: number): Promise<void>;
}
