import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  auditObjectKey,
  createAuditClient,
  S3AuditTrail,
} from '../../../../shared/adapters/aws/s3-audit-trail.ts';
import type { AuditRecord } from '../../../../shared/contract/audit/audit-schema.ts';
import { type ObjectStore, startObjectStore } from '../../../support/aws-parts.ts';

/** Another day than that of the times in the records. */
const FILED_AT = Date.parse('2026-11-30T00:00:00.000Z');

const record = (id: string, more: object = {}) =>
  ({
    record_id: id,
    time: '2026-11-29T01:02:03.000Z',
    event: 'service-started',
    ...more,
  }) as unknown as AuditRecord;

describe('S3AuditTrail', () => {
  let store: ObjectStore;
  let trail: S3AuditTrail;

  beforeEach(async () => {
    store = await startObjectStore();
    vi.stubEnv('AWS_ENDPOINT_URL_S3', store.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    trail = new S3AuditTrail(createAuditClient('eu-west-1', process.env), 'audit');
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await store.close();
  });

  it('writes the records of one call as the lines of one object', async () => {
    await trail.append([record('r1/1/fra', { text: 'ä\n"' }), record('r1/1/quorum')], FILED_AT);
    expect(store.objects).toHaveLength(1);
    const [object] = store.objects;
    expect(object?.path).toMatch(/^\/audit\/2026-11-30\/r1-1-fra-[0-9a-f]{16}\.jsonl$/);
    const lines = object?.body.trimEnd().split('\n') ?? [];
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      record('r1/1/fra', { text: 'ä\n"' }),
      record('r1/1/quorum'),
    ]);
  });

  it('does not write a repetition with other content', async () => {
    await trail.append([record('r1/1/fra', { instance: 'a' })], FILED_AT);
    await trail.append([record('r1/1/fra', { instance: 'b' })], FILED_AT);
    expect(store.objects.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      record('r1/1/fra', { instance: 'a' }),
    ]);
  });

  it('does not write a repetition with another time', async () => {
    for (const time of ['1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])
      await trail.append([record('r1/1/fra/late', { time })], FILED_AT);
    expect(store.objects.map(({ path }) => path.split('/')[2])).toEqual(['2026-11-30']);
  });

  it('writes further facts of the same request to another object', async () => {
    await trail.append([record('r1/1/fra')], FILED_AT);
    await trail.append([record('r1/1/fra'), record('r1/1/iad')], FILED_AT);
    expect(store.objects).toHaveLength(2);
  });

  it('writes nothing for no records', async () => {
    await trail.append([], FILED_AT);
    expect(store.objects).toEqual([]);
  });

  it.each([403, 404, 409])('rejects on status %i, so that the publication is retried', async (status) => {
    store.refuse(status);
    await expect(trail.append([record('r1')], FILED_AT)).rejects.toThrow();
    store.refuse(null);
    await trail.append([record('r1')], FILED_AT);
    expect(store.objects).toHaveLength(1);
  });
});

describe('auditObjectKey', () => {
  it.each([
    { name: 'a path', id: '../../etc/passwd' },
    { name: 'a very long id', id: 'x'.repeat(5000) },
    { name: 'non-ASCII letters', id: 'café#1' },
    { name: 'an empty id', id: '' },
  ])('makes a plain object name from $name', ({ id }) => {
    expect(auditObjectKey([record(id)], FILED_AT)).toMatch(
      /^2026-11-30\/[A-Za-z0-9._-]{0,120}-[0-9a-f]{16}\.jsonl$/,
    );
  });
});
