import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord } from '../../shared/contract/audit/audit-schema.ts';
import type { AuditTrail } from '../../shared/ports/audit-trail.ts';

/**
 * An in-memory audit trail that outlives the processes of a test and checks that records with the same id are equal.
 */
export class RecordingAudit implements AuditTrail {
  readonly #byId = new Map<string, AuditRecord>();
  /** Ids of records with different contents, ignoring which process wrote them. */
  readonly contradictions: string[] = [];

  async append(records: readonly AuditRecord[]): Promise<void> {
    for (const record of records) {
      const before = this.#byId.get(record.record_id);
      if (before === undefined) this.#byId.set(record.record_id, structuredClone(record));
      else if (!isDeepStrictEqual(withoutInstance(before), withoutInstance(record)))
        this.contradictions.push(record.record_id);
    }
  }

  get records(): readonly AuditRecord[] {
    return [...this.#byId.values()];
  }

  /** Records about one request. */
  about(
    requestId: string,
  ): readonly Exclude<AuditRecord, { event: 'service-started' | 'service-stopped' }>[] {
    return this.records.filter((record) => 'mpic_id' in record && record.mpic_id === requestId) as Exclude<
      AuditRecord,
      { event: 'service-started' | 'service-stopped' }
    >[];
  }

  /** Record ids about one request, by event, sorted. */
  idsOf(requestId: string, event: AuditRecord['event']): readonly string[] {
    return this.about(requestId)
      .filter((record) => record.event === event)
      .map((record) => record.record_id)
      .sort();
  }
}

function withoutInstance(record: AuditRecord): AuditRecord {
  return { ...record, recorder: { ...record.recorder, instance: '' } };
}
