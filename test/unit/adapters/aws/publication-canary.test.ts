import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTables } from '../../../../shared/adapters/aws/create-tables.ts';
import { createAwsClients } from '../../../../shared/adapters/aws/home-clients.ts';
import { PublicationCanary } from '../../../../shared/adapters/aws/publication-canary.ts';
import { systemClock } from '../../../../shared/adapters/system/system-clock.ts';
import { finalDeadline, type RequestRecord } from '../../../../shared/domain/mpic/lifecycle.ts';
import { emulatorSettings } from '../../../lab/emulators/emulators.ts';
import {
  type AwsEmulation,
  awsStores,
  HOME_REGION,
  startAwsEmulation,
} from '../../../support/aws-emulation.ts';
import { buildRequestRecord, buildVerdict } from '../../../support/builders.ts';
import { eventually } from '../../../support/eventually.ts';
import { createRecordingLog } from '../../../support/recording-log.ts';
import { startScriptedService } from '../../../support/scripted-service.ts';

const LIMITS = { maxUnpublished: 1000, maxUnpublishedMs: 600_000 };

describe('the publication canary', () => {
  let emulation: AwsEmulation;
  beforeAll(async () => {
    emulation = await startAwsEmulation();
  });
  afterAll(() => emulation.close());

  let made = 0;

  /** Processes over new tables, with a manually advanced clock; one request is watched. */
  async function watching() {
    const tables = { requests: `requests-${++made}`, results: `results-${made}` };
    await createTables(emulation.clients.dynamodb, tables, systemClock);
    const { requests } = awsStores(emulation.clients, tables);
    const record = buildRequestRecord({ maxAttempts: 1 });
    await requests.create(record);
    const time = { ms: record.createdAt };
    const log = createRecordingLog();
    const clock = { ...systemClock, now: () => time.ms, monotonic: () => time.ms };
    const open = (client = emulation.clients.dynamodb) =>
      new PublicationCanary({ client, table: tables.requests, clock, log });
    async function watch(canary: PublicationCanary, accepted: RequestRecord): Promise<void> {
      expect(await canary.isBehind(LIMITS)).toBe(false);
      canary.accepted(accepted);
      const isWatched = async () => {
        const key = { request_id: '#publication-canary' };
        const command = new GetCommand({ TableName: tables.requests, Key: key, ConsistentRead: true });
        const { Item } = await emulation.clients.dynamodb.send(command);
        return Item?.watched_request === accepted.requestId;
      };
      await eventually(isWatched, 'the request is watched');
    }
    async function publish(): Promise<void> {
      await requests.close(record.requestId, 1, buildVerdict());
      await requests.markPublished(record.requestId);
    }
    await watch(open(), record);
    time.ms = finalDeadline(record);
    return { record, requests, time, log, open, publish, watch };
  }

  it.each([
    { name: 'false before its final deadline', afterMs: -1, isBehind: false },
    { name: 'false at the limit after its final deadline', afterMs: 600_000, isBehind: false },
    { name: 'true after the limit', afterMs: 600_001, isBehind: true },
    { name: 'still true after 30 days', afterMs: 30 * 86_400_000, isBehind: true },
  ])('answers isBehind for an unpublished request in every process: $name', async ({ afterMs, isBehind }) => {
    const { open, time } = await watching();
    time.ms += afterMs;
    expect(await open().isBehind(LIMITS)).toBe(isBehind);
    expect(await open().isBehind(LIMITS)).toBe(isBehind);
  });

  it('is no longer behind at the next read after the request was published', async () => {
    const { open, time, publish } = await watching();
    time.ms += 600_001;
    const canary = open();
    expect(await canary.isBehind(LIMITS)).toBe(true);
    await publish();
    time.ms += 9_999;
    expect(await canary.isBehind(LIMITS)).toBe(true);
    time.ms += 1;
    expect(await canary.isBehind(LIMITS)).toBe(false);
  });

  it('watches the next accepted request once the previous one is published', async () => {
    const { watch, open, time, publish, requests } = await watching();
    await publish();
    time.ms += 600_001;
    const next = buildRequestRecord({
      requestId: '01978f00-0000-7000-8000-00000000abcd',
      maxAttempts: 1,
      attemptDeadline: time.ms + 25_000,
    });
    await requests.create(next);
    await watch(open(), next);
    time.ms += 625_001;
    expect(await open().isBehind(LIMITS)).toBe(true);
  });

  it('watches another request once the previous one has expired from the table', async () => {
    const { watch, open, time, record } = await watching();
    const other = { ...record, requestId: '01978f00-0000-7000-8000-00000000abcd' };
    time.ms += 600_001;
    expect(await open().isBehind(LIMITS)).toBe(true);
    await emulation.clients.dynamodb.send(
      new DeleteCommand({
        TableName: `requests-${made}`,
        Key: { request_id: record.requestId },
      }),
    );
    await watch(open(), other);
  });

  it('returns soon when the table does not respond, and logs it', async () => {
    const { open, log } = await watching();
    const service = await startScriptedService(() => 'break');
    const clients = createAwsClients(emulatorSettings({ dynamodb: service.url }, HOME_REGION));
    try {
      const canary = open(clients.dynamodb);
      const startedAt = performance.now();
      expect(await canary.isBehind(LIMITS)).toBe(false);
      expect(performance.now() - startedAt).toBeLessThan(5_000);
      const isLogged = () => log.entries.some(({ event }) => event === 'publication_not_watched');
      await eventually(isLogged, 'it is in the log');
    } finally {
      clients.close();
      await service.close();
    }
  });
});
