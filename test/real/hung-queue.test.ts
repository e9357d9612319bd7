import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DispatchBook } from '../../services/coordinator/dispatch.ts';
import { driveRequest } from '../../services/coordinator/drive.ts';
import { type CoordinatorDeps, startRequest } from '../../services/coordinator/start.ts';
import { SqsClients } from '../../shared/adapters/aws/clients.ts';
import { SqsJobQueue } from '../../shared/adapters/aws/sqs-job-queue.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import { parseCheckJob } from '../../shared/contract/messages/check-job.ts';
import type { JobQueue } from '../../shared/ports/queues.ts';
import { emulatorSettings } from '../lab/emulators/emulators.ts';
import { buildCheckResult, buildRequestRecord, SIX_CODES } from '../support/builders.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { VirtualTables } from '../support/virtual-tables.ts';

const [HUNG] = SIX_CODES;
const REGION = 'ap-southeast-1';
/** Maximum time of one dispatch; SLACK_MS is for a busy machine. */
const DISPATCH_BOUND_MS = 1000;
const SLACK_MS = 1500;

/** Returns `still waiting` if the promise is not settled within `ms`. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | 'still waiting'> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<'still waiting'>((resolve) => {
    timer = setTimeout(() => resolve('still waiting'), ms);
  });
  return Promise.race([promise, over]).finally(() => clearTimeout(timer));
}

describe("a perspective's queue that accepts connections and does not respond", () => {
  let server: Server;
  let clients: SqsClients;
  const sockets = new Set<Socket>();
  beforeAll(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    clients = new SqsClients(emulatorSettings({ sqs: `http://127.0.0.1:${address.port}` }, REGION));
  });
  afterAll(async () => {
    clients.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  /**
   * Perspectives respond at once, negatively in the first attempt and positively in the next. The queue of the first
   * one hangs.
   */
  function world() {
    const tables = new VirtualTables();
    const { requests, results } = tables.connect(systemClock);
    const queueUrl = `https://sqs.${REGION}.amazonaws.com/000000000000/jobs`;
    const hung = new SqsJobQueue(clients, new Map([[HUNG, { queueUrl, region: REGION }]]));
    const jobs: JobQueue = {
      async send(perspective, body) {
        if (perspective === HUNG) return hung.send(perspective, body);
        const { requestId, attempt, attemptToken } = parseCheckJob(body);
        const corroborates = attempt > 1;
        await results.record(
          buildCheckResult({
            requestId,
            attempt,
            perspective,
            attemptToken,
            passed: corroborates,
            corroborates,
          }),
        );
      },
    };
    const deps = {
      requests,
      results,
      jobs,
      dispatches: new DispatchBook(systemClock),
      deadlines: { send: async () => {} },
      clock: systemClock,
      ids: createUuidIds(Date.now),
      log: createRecordingLog(),
    } satisfies CoordinatorDeps & Record<string, unknown>;
    const now = Date.now();
    const times = { createdAt: now, attemptStartedAt: now, attemptDeadline: now + 25_000 };
    return { deps, record: buildRequestRecord({ ...times, maxAttempts: 2 }) };
  }

  it('is given up after a second', async () => {
    const { deps, record } = world();
    const started = await startRequest(deps, record);
    if (started.outcome !== 'created') throw new Error('the id was taken');
    const outcome = await within(DISPATCH_BOUND_MS + SLACK_MS, started.dispatched);
    expect(outcome).not.toBe('still waiting');
  });

  it('does not delay the start of a request', async () => {
    const { deps, record } = world();
    expect(await within(SLACK_MS, startRequest(deps, record))).toMatchObject({ outcome: 'created' });
  });

  it('does not delay an answer in the next attempt', async () => {
    const { deps, record } = world();
    await startRequest(deps, record);
    const driven = driveRequest({ ...deps, publisher: null as never }, record, {
      lingerMs: 0,
      keep: () => {},
    });
    expect(await within(SLACK_MS, driven)).toMatchObject({
      record: { status: 'completed', attempt: 2, verdicts: [{ isValid: false }, { isValid: true }] },
    });
  });
});
