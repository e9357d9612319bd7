import { availableParallelism, loadavg } from 'node:os';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { resultItemKey } from '../../shared/adapters/aws/result-item.ts';
import { DEFAULT_TABLE_NAMES } from '../../shared/contract/deployment/tables.ts';
import { createEmulatedBackend, type EmulatedBackend } from '../lab/emulators/emulated-backend.ts';
import { startEmulators } from '../lab/emulators/emulators.ts';
import {
  DEADLINE_QUEUE_NAME,
  deadLetterQueueName,
  jobQueueName,
  WAKE_QUEUE_NAME,
} from '../lab/emulators/queues.ts';
import type { Bench } from './bench.ts';
import { RecordingAudit } from './recording-audit.ts';
import { createRealTime } from './virtual-clock.ts';

const HOME_REGION = 'us-east-1';
const HOME_QUEUES: Readonly<Record<string, string>> = {
  deadlines: DEADLINE_QUEUE_NAME,
  'wake-ups': WAKE_QUEUE_NAME,
};

const MOST_SLOWNESS = 4;
/** Processes that want to run, for each processor, while the tests alone use the machine. */
const ORDINARY_LOAD = 2;

/** How many times longer than usual a process takes here at present. */
function slowness(): number {
  const [lastMinute = 0] = loadavg();
  return Math.min(MOST_SLOWNESS, Math.max(1, lastMinute / availableParallelism() / ORDINARY_LOAD));
}

/**
 * The AWS adapters on emulators that outlive the processes of the bench, in real time. Attempts are short, and longer
 * where others use the processors; the delay of a deadline message is in whole seconds.
 */
export async function openEmulatedBench(startsAt: number, visibilitySeconds = 30): Promise<Bench> {
  const emulators = await startEmulators({ dataDir: null });
  const time = createRealTime(startsAt);
  // The emulators show the machine's time; real queues show that of the service.
  const offsetMs = time.createClock().now() - Date.now();
  let current: EmulatedBackend | null = null;
  const slow = slowness();
  return {
    time,
    audit: new RecordingAudit(),
    events: [],
    settings: {
      checkTimeoutMs: Math.round(1500 * slow),
      requestTimeoutMs: Math.round(2300 * slow),
      dnsTimeoutMs: Math.round(300 * slow),
    },
    // Long enough for a loaded machine, and well below the time-out of an attempt, so that a test can distinguish the
    // two.
    slackMs: Math.round(1200 * slow),
    giveUpMs: null,
    async openBackend({ perspectives, clock, log }) {
      current = await createEmulatedBackend({
        endpoints: emulators.endpoints,
        tables: DEFAULT_TABLE_NAMES,
        perspectives,
        clock,
        log,
        visibilitySeconds,
        onClose: async () => {},
      });
      return withQueueTime(current, offsetMs);
    },
    async putResult(perspective, requestId, attempt, text) {
      const Item = { ...resultItemKey(requestId, { perspective, attempt }), result: text };
      await current?.clients.dynamodb.send(new PutCommand({ TableName: DEFAULT_TABLE_NAMES.results, Item }));
    },
    deadLetters: (name) => readDeadLetters(current, HOME_QUEUES[name] ?? jobQueueName(name)),
    close: () => emulators.close(),
  };
}

/** The backend with `offsetMs` added to the times at which its job queues hand out messages. */
function withQueueTime(backend: EmulatedBackend, offsetMs: number): EmulatedBackend {
  return {
    ...backend,
    consumeJobs: (code, handler) =>
      backend.consumeJobs(code, ({ handedOutAt, ...message }) =>
        handler({
          ...message,
          ...(handedOutAt === undefined ? {} : { handedOutAt: handedOutAt + offsetMs }),
        }),
      ),
  };
}

async function readDeadLetters(backend: EmulatedBackend | null, queue: string): Promise<readonly string[]> {
  const QueueUrl = backend?.queueUrls.get(deadLetterQueueName(queue));
  if (backend === null || QueueUrl === undefined) return [];
  const { Messages = [] } = await backend.clients.sqs
    .inRegion(HOME_REGION)
    .send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 0 }));
  return Messages.map(({ Body = '' }) => Body);
}
