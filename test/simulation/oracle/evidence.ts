import { isDeepStrictEqual } from 'node:util';
import type { AuditRecord, ConfigurationAuditRecord } from '../../../shared/contract/audit/audit-schema.ts';
import type { RequestCompletedEvent } from '../../../shared/contract/messages/request-completed.ts';
import type { World } from '../world/world.ts';
import type { Accuse } from './judge.ts';

type RequestAuditRecord = Exclude<AuditRecord, ConfigurationAuditRecord>;

export interface FiledRecord {
  readonly at: number;
  readonly record: RequestAuditRecord;
}

/** Audit records and events, by request. */
export interface Evidence {
  readonly requestIds: ReadonlySet<string>;
  recordsOf(requestId: string): ReadonlyMap<string, FiledRecord>;
  eventOf(requestId: string): { readonly at: number; readonly event: RequestCompletedEvent } | undefined;
}

/** Indexes all audit records and events; each fact must have one record, and all events of a request must be equal. */
export function gatherEvidence({ bucket, bus, plan }: World, accuse: Accuse): Evidence {
  const records = new Map<string, Map<string, FiledRecord>>();
  for (const { at, records: lines } of bucket.objects.values()) {
    for (const record of lines) {
      if (!('mpic_id' in record)) continue;
      const ofRequest = records.get(record.mpic_id) ?? new Map<string, FiledRecord>();
      records.set(record.mpic_id, ofRequest);
      if (ofRequest.has(record.record_id))
        accuse('audit-twice', record.record_id, 'one fact has two records');
      else ofRequest.set(record.record_id, { at, record });
    }
  }
  const events = new Map<string, { readonly at: number; readonly event: RequestCompletedEvent }>();
  for (const { at, event } of bus.events) {
    const before = events.get(event.mpic_id);
    if (before === undefined) events.set(event.mpic_id, { at, event });
    else if (!isDeepStrictEqual(before.event, event))
      accuse('event-wrong', event.mpic_id, `two events of one request differ in ${plan.shape}`);
  }
  return {
    requestIds: new Set([...records.keys(), ...events.keys()]),
    recordsOf: (requestId) => records.get(requestId) ?? new Map(),
    eventOf: (requestId) => events.get(requestId),
  };
}
