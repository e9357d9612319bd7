import { type QueueAddress, queueAddress } from '../../../shared/adapters/aws/clients.ts';
import { startSqsConsumer } from '../../../shared/adapters/aws/sqs-consumer.ts';
import { systemClock } from '../../../shared/adapters/system/system-clock.ts';
import { ConfigurationError } from '../../../shared/contract/settings/configuration-error.ts';
import { describeSettings } from '../../../shared/contract/settings/describe-settings.ts';
import { readSettings } from '../../../shared/contract/settings/read-settings.ts';
import type { SettingsOf } from '../../../shared/contract/settings/settings.ts';
import { quoteInput } from '../../../shared/domain/net/quote.ts';
import { openPerspective } from './open-perspective.ts';

/** Set by `infra/build.mjs`; not defined when the source runs as it is. */
declare const BUILD_FACTS: { readonly version: string } | undefined;

const VERSION = typeof BUILD_FACTS === 'undefined' ? 'unknown' : BUILD_FACTS.version;

/** Exit status if the environment is wrong. */
const EXIT_CONFIGURATION = 2;
/** Exit status for wrong usage; `EX_USAGE` of sysexits.h. */
const EXIT_USAGE = 64;

const USAGE = `One perspective of a deployment, as a process: takes jobs from its queue. It has no flags; npx mpic deployment worker
--perspective <code> --show environment prints its settings (docs/worker.md).

  --help, -h     this text
  --version, -V  the version, which its results name
`;

/**
 * One perspective as a process on any machine with credentials. It receives jobs by long polling its queue, and
 * otherwise works like the function.
 */
async function main(): Promise<void> {
  const [argument] = process.argv.slice(2);
  if (argument !== undefined) return answer(argument);
  const settings = readSettings('worker', process.env);
  const queue = findQueue(settings);
  const perspective = await openPerspective({ ...settings, version: VERSION }, process.env);
  const { handleJob, log, revive, sqs, stop } = perspective;
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

function answer(argument: string): void {
  if (argument === '--version' || argument === '-V') process.stdout.write(`mpic ${VERSION}\n`);
  else if (argument === '--help' || argument === '-h')
    process.stdout.write(`${USAGE}\n${describeSettings('worker')}\n`);
  else {
    process.stderr.write(
      `The worker has no such argument: ${quoteInput(argument)}; --help lists what there is\n`,
    );
    process.exitCode = EXIT_USAGE;
  }
}

/** @throws ConfigurationError if the region of the queue is not known. */
function findQueue({ jobQueue, queueRegion }: SettingsOf<'worker'>): QueueAddress {
  try {
    return queueAddress(jobQueue, queueRegion);
  } catch (error) {
    throw new ConfigurationError([`MPIC_JOB_QUEUE: ${describe(error)}; give it as MPIC_QUEUE_REGION`]);
  }
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
  const problems = error instanceof ConfigurationError ? error.problems : [describe(error)];
  process.stderr.write(`The worker cannot start:\n${problems.map((one) => `  - ${one}\n`).join('')}`);
  process.exit(EXIT_CONFIGURATION);
});

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
