import { createHash } from 'node:crypto';
import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { AuditRecord } from '../../contract/audit/audit-schema.ts';
import { formatUtc } from '../../domain/check/time.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';

const CONNECTION_TIMEOUT_MS = 1000;
const REQUEST_TIMEOUT_MS = 5000;
const PRECONDITION_FAILED = 412;

/** A client for the audit bucket. Endpoints other than AWS come from the SDK's own environment variables. */
export function createAuditClient(region: string, environment: NodeJS.ProcessEnv): S3Client {
  const isElsewhere = (environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL) !== undefined;
  return new S3Client({
    region,
    // An emulator has no host name per bucket.
    forcePathStyle: isElsewhere,
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
    },
  });
}

/**
 * The audit trail as objects in a bucket with object lock (TLS BR 5.4.4 [records-protection]). Each call writes one
 * object of JSON lines, named after its records. A repetition by any process finds the name taken and changes nothing.
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
 * `<date>/<first record id>-<digest of all record ids>.jsonl`. The date does not come from a perspective, which could
 * otherwise choose the day of a verdict, or store one fact under several days.
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
