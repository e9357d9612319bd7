import type { AuditRecord } from '../mpic/evidence.ts';

/**
 * The append-only audit trail. `recordId` names a fact: a trail that already holds it may drop the repetition, and a
 * reader of one that cannot (a log stream) drops it.
 */
export interface AuditTrail {
  append(records: readonly AuditRecord[]): Promise<void>;
}
