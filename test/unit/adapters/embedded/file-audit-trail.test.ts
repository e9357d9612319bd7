import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileAuditTrail } from '../../../../shared/adapters/embedded/file-audit-trail.ts';
import { auditAttempt, auditLateResult } from '../../../../shared/contract/audit/audit-record.ts';
import type { AuditRecord } from '../../../../shared/contract/audit/audit-schema.ts';
import {
  buildCheckResult,
  buildRequestRecord,
  buildVerdict,
  readable,
  SIX_CODES,
} from '../../../support/builders.ts';

const RECORDER = { service: 'mpic', version: '0', instance: 'unit' };
const DAY = Date.UTC(2026, 6, 1, 23, 59, 59, 999);

function attemptRecords(attempt = 1): readonly AuditRecord[] {
  const results = SIX_CODES.map((perspective) => readable(buildCheckResult({ attempt, perspective })));
  return auditAttempt(buildRequestRecord({ attempt }), buildVerdict({ attempt, results }), RECORDER);
}

describe('The audit trail in files', () => {
  let folder: string;
  let now = DAY;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpic-audit-'));
    now = DAY;
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = () => openFileAuditTrail(folder, () => now);
  const files = () => readdirSync(folder).sort();
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  const idsIn = (name: string) =>
    textOf(name)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as AuditRecord).record_id);
  const TODAY = 'audit-2026-07-01.jsonl';

  it('contains one JSON line per record, in order', async () => {
    const trail = await open();
    const records = attemptRecords();
    await trail.append(records);
    await trail.close();
    expect(textOf(TODAY)).toBe(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  });

  it('writes a fact once when it is appended several times', async () => {
    const trail = await open();
    const records = attemptRecords();
    await Promise.all([trail.append(records), trail.append(records)]);
    await trail.append(records);
    await trail.close();
    expect(idsIn(TODAY)).toEqual(records.map(({ record_id }) => record_id));
  });

  it('recognises a fact after 20,000 others, in the same process and in the next one', async () => {
    const first = await open();
    const records = attemptRecords();
    const [template] = records;
    if (template === undefined) throw new Error('no records');
    await first.append(records);
    for (let group = 0; group < 100; group++) {
      const others = Array.from({ length: 200 }, (_, index) => ({
        ...template,
        record_id: `${group}-${index}/1/${SIX_CODES[0]}`,
      }));
      await first.append(others);
    }
    await first.append(records);
    await first.close();
    const second = await open();
    await second.append(records);
    await second.close();
    const ids = idsIn(TODAY);
    expect(ids).toHaveLength(20_000 + records.length);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('writes a late result in addition to the records of its attempt', async () => {
    const trail = await open();
    const record = buildRequestRecord();
    const late = auditLateResult(record, buildVerdict(), readable(buildCheckResult()), RECORDER);
    await trail.append(auditAttempt(record, buildVerdict(), RECORDER));
    await trail.append([late]);
    await trail.append([late]);
    await trail.close();
    expect(idsIn(TODAY).filter((id) => id.endsWith('/late'))).toHaveLength(1);
  });

  it('starts a new file at midnight UTC', async () => {
    const trail = await open();
    await trail.append(attemptRecords());
    now += 1;
    await trail.append(attemptRecords());
    await trail.close();
    expect(files()).toEqual([TODAY, 'audit-2026-07-02.jsonl']);
  });

  it('recognises facts written by an earlier process, also across midnight', async () => {
    const records = attemptRecords();
    const first = await open();
    await first.append(records);
    await first.close();
    now += 1;
    const second = await open();
    await second.append(attemptRecords());
    await second.append(records);
    await second.close();
    expect(idsIn('audit-2026-07-02.jsonl')).toHaveLength(7);
  });

  it.each([1, 10, 200])(
    'cuts off an incomplete last line of %i bytes, and writes the record again',
    async (bytes) => {
      const [first, second] = attemptRecords();
      if (first === undefined || second === undefined) throw new Error('no records');
      writeFileSync(join(folder, TODAY), `${JSON.stringify(first)}\n`);
      appendFileSync(join(folder, TODAY), JSON.stringify(second).slice(0, bytes));
      const trail = await open();
      expect(idsIn(TODAY)).toEqual([first.record_id]);
      await trail.append([first, second]);
      await trail.close();
      expect(idsIn(TODAY)).toEqual([first.record_id, second.record_id]);
    },
  );

  it('empties a file that contains only an incomplete line', async () => {
    writeFileSync(join(folder, TODAY), '{"event":"quor');
    const trail = await open();
    await trail.close();
    expect(textOf(TODAY)).toBe('');
  });

  it('does not change other files in the folder', async () => {
    writeFileSync(join(folder, 'notes.txt'), 'no newline');
    const trail = await open();
    await trail.close();
    expect(textOf('notes.txt')).toBe('no newline');
  });

  it('rejects when a record cannot be written, and writes it when it is appended again', async () => {
    const trail = await open();
    const [record] = attemptRecords();
    if (record === undefined) throw new Error('no record');
    // A folder with the name of today's file: not even root can write to it.
    mkdirSync(join(folder, TODAY));
    await expect(trail.append([record])).rejects.toThrow();
    rmSync(join(folder, TODAY), { recursive: true });
    await trail.append([record]);
    await trail.close();
    expect(idsIn(TODAY)).toEqual([record.record_id]);
  });

  it('resolves for records written before a failed write', async () => {
    const trail = await open();
    const written = attemptRecords();
    await trail.append(written);
    now += 1;
    mkdirSync(join(folder, 'audit-2026-07-02.jsonl'));
    await expect(trail.append(attemptRecords())).rejects.toThrow();
    await expect(trail.append(written)).resolves.toBeUndefined();
    await trail.close();
  });

  it('is readable only by its owner', async () => {
    const trail = await open();
    await trail.append(attemptRecords());
    await trail.close();
    expect(statSync(join(folder, TODAY)).mode & 0o777).toBe(0o600);
  });
});
