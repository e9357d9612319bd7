import type { AuditRecord, QuorumAuditRecord } from '../../../shared/contract/audit/audit-schema.ts';
import { cite } from '../../../shared/domain/rules/citation.ts';
import { heading, paragraph, WIDTH } from './render.ts';

/** The records of the request: the decision, and how many lie beside it. */
export interface AuditExcerpt {
  readonly decision: QuorumAuditRecord;
  readonly perspectiveRecords: number;
}

/** What the audit trail holds about a request, or null when there is no decision in it. */
export function findAudit(records: readonly AuditRecord[], mpicId: string): AuditExcerpt | null {
  const ours = records.filter((record) => 'mpic_id' in record && record.mpic_id === mpicId);
  const decision = ours.find((record) => record.event === 'quorum-decision');
  if (decision === undefined) return null;
  return { decision, perspectiveRecords: ours.filter(({ event }) => event === 'perspective-check').length };
}

/** One line of the audit trail, laid out for reading. */
export function renderAudit({ decision, perspectiveRecords }: AuditExcerpt): string {
  const fields = Object.entries(decision).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  const text = `{\n${fields.join(',\n')}\n}`;
  return [
    heading(`What the auditor gets (${cite('records')})`),
    paragraph(
      `The decision about ${decision.domain_or_ip_target} where the attacker had fooled one perspective. ` +
        `It is one line of the audit trail, laid out here; beside it stand ${perspectiveRecords} lines, ` +
        'one per perspective, with the records each has seen.',
    ),
    '\n',
    text
      .split('\n')
      .flatMap((line) => breakLine(`  ${line}`))
      .join('\n'),
    '\n',
  ].join('');
}

/** Break a long line of JSON after a comma. */
function breakLine(line: string): string[] {
  if (line.length <= WIDTH) return [line];
  const cut = line.lastIndexOf(',', WIDTH - 1) + 1;
  return cut <= 8 ? [line] : [line.slice(0, cut), ...breakLine(`        ${line.slice(cut)}`)];
}
