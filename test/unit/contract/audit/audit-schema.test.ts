import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUDIT_VERSION, auditRecordSchema } from '../../../../shared/contract/audit/audit-schema.ts';
import { upgradeAuditRecord } from '../../../../shared/contract/audit/read-record.ts';
import { readDocument } from '../../docs/markdown.ts';

const FORMER = readDocument('test/unit/cli/audit-trail-1.jsonl').trimEnd().split('\n');

describe('An audit record of the first version', () => {
  it.each(FORMER.map((line) => ({ line, id: (JSON.parse(line) as { record_id: string }).record_id })))(
    'is read as one of now: $id',
    ({ line }) => {
      const before: unknown = JSON.parse(line);
      const now = { schema_version: AUDIT_VERSION, ...(upgradeAuditRecord(before) as object) };
      expect(auditRecordSchema.parse(now)).toEqual(now);
    },
  );

  it('says what it said, under the names of now', () => {
    const [first = '', , third = ''] = FORMER;
    expect(upgradeAuditRecord(JSON.parse(first))).toMatchObject({
      details: { kind: 'caa', records_seen: ['0 issue "ca.test"'], dns: { dnssec_status: 'secure' } },
    });
    expect(upgradeAuditRecord(JSON.parse(third))).toMatchObject({
      errors: [{ error_type: 'mpic_error:caa_checker:lookup', error_message: 'SERVFAIL' }],
      details: {
        reason: 'lookup-failed',
        lookup_failures: [{ fault_outside: true, dnssec_insecurity: { at: 'example.test.', by: 'no-ds' } }],
      },
    });
    const quorum = FORMER.find((line) => line.includes('"httpHeaders"') && line.includes('quorum-decision'));
    expect(upgradeAuditRecord(JSON.parse(quorum ?? ''))).toMatchObject({
      parameters: { validation_method: 'website-change', http_headers: { 'X-One': 'two' } },
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'with a member %s, which every object has, is read as it is',
    (name) => {
      const record = JSON.parse(`{"event":"perspective-check","${name}":{"result":"dcv-pass"}}`);
      expect(JSON.stringify(upgradeAuditRecord(record))).toBe(JSON.stringify(record));
    },
  );

  it('of which members are not what they should be is left to the schema, and costs nothing else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (details, parameters) => {
        expect(() => upgradeAuditRecord({ event: 'perspective-check', details, parameters })).not.toThrow();
        expect(() => upgradeAuditRecord(details)).not.toThrow();
      }),
    );
  });
});
