import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { AuditRecord } from '../../contract/audit/audit-schema.ts';
import { formatUtc } from '../../domain/check/time.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';

const CONNECTION_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 5000;
const PRECONDITION_FAILED = 412;

/** A client for the audit bucket. Endpoints of others than AWS come from the SDK's own environment variables. */
export function createAuditClient(region: string, environment: NodeJS.ProcessEnv): S3Client {
  const isElsewhere = (environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL) !== undefined;
  return new S3Client({
    region,
    // An emulator has no host name for each bucket.
    forcePathStyle: isElsewhere,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}

/**
 * The audit trail as objects in a bucket that locks what is written (TLS BR 5.4.4 [records-protection]): each call one
 * object of JSON lines, named after the facts in it. A repetition finds the name taken and changes nothing, whatever
 * process makes it.
 */
export class S3AuditTrail implements AuditTrail {
  readonly #client: S3Client;
  readonly #bucket: string;

  constructor(client: S3Client, bucket: string) {
    this.#client = client;
    this.#bucket = bucket;
  }

  async append(records: readonly AuditRecord[], filedAt: number): Promise<void> {
    const [first] = records;
    if (first === undefined) return;
    try {
      await this.#client.send(
        new PutObjectCommand({
          Bucket: this.#bucket,
          Key: auditObjectKey(records, filedAt),
          Body: records.map((record) => `${JSON.stringify(record)}\n`).join(''),
          ContentType: 'application/x-ndjson',
          IfNoneMatch: '*',
        }),
      );
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
}

/**
 * `<date>/<first fact>-<digest of all facts>.jsonl`. The date is none that a perspective has claimed: it could file the
 * verdict under any day, and one fact under many.
 */
export function auditObjectKey(records: readonly AuditRecord[], filedAt: number): string {
  const ids = records.map(({ record_id }) => record_id);
  const digest = createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 16);
  const date = formatUtc(filedAt).slice(0, 10);
  const name = (ids[0] ?? '').replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 120);
  return `${date}/${name}-${digest}.jsonl`;
}

function isTaken(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === PRECONDITION_FAILED;
}
