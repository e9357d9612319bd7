import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { describeError } from '../../../shared/adapters/aws/describe-error.ts';
import { createAuditClient, S3AuditTrail } from '../../../shared/adapters/aws/s3-audit-trail.ts';
import { type BatchContext, createSqsBatchHandler } from '../../../shared/adapters/aws/sqs-lambda-batch.ts';
import { readRootFiles } from '../../../shared/adapters/dns/unbound/root-files.ts';
import { createStdoutAuditTrail } from '../../../shared/adapters/system/stdout-audit-trail.ts';
import { parseFunctionEvent, type SelfCheck } from '../../../shared/contract/messages/function-event.ts';
import { VALIDATING_RESOLVER } from '../../../shared/contract/settings/resolver-plan.ts';
import type { SettingsOf } from '../../../shared/contract/settings/settings.ts';
import type { AuditTrail } from '../../../shared/ports/audit-trail.ts';
import { sleep } from '../../../shared/ports/clock.ts';
import { configurationRecord } from '../configuration-record.ts';
import { openCoordinator } from '../wire.ts';
import { openHome } from './home.ts';

/**
 * The decision function: consumes deadline messages and wake-ups, ends requests, and publishes every one of them. Each
 * queue has its own event source mapping, so a batch comes from one queue, which determines the kind of its messages.
 */
const home = await openHome(process.env, openAudit);
let isConfigurationRecorded = false;
await recordConfiguration();
const coordinator = openCoordinator(home, { publish: 'now' });
const handleDeadlines = createSqsBatchHandler(coordinator.handleDeadline, home.log, home.clock);
const handleWakeUps = createSqsBatchHandler(coordinator.handleWakeUp, home.log, home.clock);
const deadlineQueue = nameOfQueue(home.settings.deadlineQueue);
const wakeQueue = nameOfQueue(home.settings.wakeQueue);

export async function handler(
  event: SQSEvent,
  context: BatchContext,
): Promise<SQSBatchResponse | SelfCheck | undefined> {
  const own = parseFunctionEvent(event);
  if (own?.mpic === 'warm') return void (await sleep(home.clock, own.hold_ms));
  if (own?.mpic === 'self-check') return checkSelf();
  await recordConfiguration();
  const cameOver = (queue: string) => event.Records.every((record) => queueOf(record) === queue);
  // Only messages from the deadline queue are trusted as deadlines.
  if (cameOver(deadlineQueue)) return handleDeadlines(event, context);
  if (cameOver(wakeQueue)) return handleWakeUps(event, context);
  // An unreadable wake-up is deleted. A deadline message must never be mistaken for one, so these messages fail and are
  // redelivered.
  const queues = [...new Set(event.Records.map(queueOf))];
  throw new Error(
    `cannot handle messages of ${queues.join(', ')} in one batch: give ${deadlineQueue} and ${wakeQueue} an event source mapping each, and no other queue`,
  );
}

function queueOf({ eventSourceARN }: SQSRecord): string {
  return eventSourceARN.split(':').at(-1) ?? '';
}

/** A queue URL ends in `/<account>/<name>`. */
function nameOfQueue(queueUrl: string): string {
  return new URL(queueUrl).pathname.split('/').at(-1) ?? '';
}

async function openAudit({ auditBucket, region }: SettingsOf<'home'>): Promise<AuditTrail> {
  return auditBucket === null
    ? createStdoutAuditTrail((line) => process.stdout.write(line))
    : new S3AuditTrail(createAuditClient(region, process.env), auditBucket);
}

/**
 * Records the configuration with which this version decides, once for each version of the function (TLS BR 5.4.1 (3)
 * [records-security]). Requests must end even while the record cannot be written, so each batch retries it.
 */
async function recordConfiguration(): Promise<void> {
  if (isConfigurationRecorded) return;
  const { function: name, functionVersion } = home.settings;
  const resolvers = home.config.perspectives.map(
    ({ code, resolver }) => [code, resolver ?? VALIDATING_RESOLVER] as const,
  );
  const record = configurationRecord(home, 'service-started', {
    recordId: `${name}/${functionVersion}/service-started`,
    resolvers: Object.fromEntries(resolvers),
    // A deployed perspective trusts only the root files in its package.
    rootFiles: resolvers.some(([, mode]) => mode === VALIDATING_RESOLVER) ? readRootFiles(null, null) : null,
    // The perspectives run in other functions, and log the signatures that they see.
    rootSigning: { status: 'unknown' },
  });
  try {
    await home.audit.append([record], home.clock.now());
    isConfigurationRecorded = true;
  } catch (error) {
    home.log.error('configuration_not_recorded', { error: describeError(error) });
  }
}

/** Reads both tables, as every decision does first. */
async function checkSelf(): Promise<SelfCheck> {
  const { results } = home.backend;
  const keys = home.config.perspectives.map(({ code }) => ({ perspective: code, attempt: 1 }));
  const { record } = await results.snapshot('self-check', keys);
  return { ok: record === null, description: 'both tables can be read' };
}
