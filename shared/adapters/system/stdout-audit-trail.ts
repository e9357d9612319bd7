import type { AuditTrail } from '../../ports/audit-trail.ts';

/**
 * Writes the audit trail as JSON lines, for a collector of this process's output. It does not detect repetitions:
 * readers drop them by `record_id`.
 */
export function createStdoutAuditTrail(write: (line: string) => void): AuditTrail {
  return {
    async append(records) {
      for (const record of records) write(`${JSON.stringify(record)}\n`);
    },
  };
}
