import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { type BatchContext, createSqsBatchHandler } from '../../../shared/adapters/aws/sqs-lambda-batch.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { parseFunctionEvent, type SelfCheck } from '../../../shared/contract/messages/function-event.ts';
import { readSettings } from '../../../shared/contract/settings/read-settings.ts';
import { sleep } from '../../../shared/ports/clock.ts';
import { openPerspective } from './open-perspective.ts';

/**
 * One perspective as a Lambda function with its region's job queue as event source. While the function initialises, it
 * opens its connections to the home region and starts its resolver.
 */
const perspective = await openPerspective(readSettings('perspective', process.env), process.env);
const handleBatch = createSqsBatchHandler(perspective.handleJob, perspective.log, systemClock);

export async function handler(
  event: SQSEvent,
  context: BatchContext,
): Promise<SQSBatchResponse | SelfCheck | undefined> {
  const own = parseFunctionEvent(event);
  await perspective.revive();
  if (own?.mpic === 'warm') return void (await sleep(systemClock, own.hold_ms));
  return own?.mpic === 'self-check' ? perspective.checkSelf() : handleBatch(event, context);
}
