import type { AuditTrail } from '../../ports/audit-trail.ts';

/**
 * The audit trail as JSON lines for whoever collects the output of this process. It cannot know what it has said
 * before: a reader drops repetitions by `record_id`.
 */
export function createStdoutAuditTrail(write: (line: string) => void): AuditTrail {
  return {
    async append(records) {
      for (const record of records) write(`${JSON.stringify(record)}\n`);
    },
  };
}
