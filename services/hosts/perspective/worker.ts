import { queueAddress } from '../../../shared/adapters/aws/clients.ts';
import { startSqsConsumer } from '../../../shared/adapters/aws/sqs-consumer.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { readSettings } from '../../../shared/contract/settings/read-settings.ts';
import { openPerspective } from './open-perspective.ts';

/** Exit status if the environment is wrong. */
const EXIT_CONFIGURATION = 2;

/**
 * One perspective as a process on any machine with credentials. It receives jobs by long polling its queue, and
 * otherwise works like the function.
 */
async function main(): Promise<void> {
  const settings = readSettings('worker', process.env);
  const queue = queueAddress(settings.jobQueue);
  const { handleJob, log, revive, sqs, stop } = await openPerspective(settings, process.env);
  const consumer = startSqsConsumer({
    clients: sqs,
    queue,
    handler: async (message) => {
      await revive();
      await handleJob(message);
    },
    clock: systemClock,
    log,
  });
  process.stdout.write(`taking jobs from ${settings.jobQueue}\n`);
  stopOnSignal(async () => {
    await consumer.stop();
    await stop();
    log.info('worker_stopped');
  });
}

/** The first signal finishes the jobs in progress, a second one ends the process at once. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1);
    stopping = true;
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // There is no configuration to reload, but without a handler SIGHUP would end the process and orphan its resolver.
  process.on('SIGHUP', () => {});
}

main().catch((error: unknown) => {
  process.stderr.write(
    `The worker cannot start: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(EXIT_CONFIGURATION);
});
