import type { Log, LogFields } from '../../shared/ports/log.ts';

export interface LogEntry {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: LogFields;
}

/** A log that keeps its entries for assertions. */
export function createRecordingLog(): Log & { readonly entries: readonly LogEntry[] } {
  const entries: LogEntry[] = [];
  const write =
    (level: keyof Log) =>
    (event: string, fields: LogFields = {}) => {
      entries.push({ level, event, fields });
    };
  return { entries, debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
