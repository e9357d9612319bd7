import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../services/hosts/load-config.ts';
import { type Service, startService } from '../../services/hosts/local/service.ts';
import { systemClock } from '../../shared/adapters/system/system-clock.ts';
import { createUuidIds } from '../../shared/adapters/system/uuid-ids.ts';
import { DEFAULT_TABLE_NAMES } from '../../shared/contract/deployment/tables.ts';
import { parseDeadline } from '../../shared/contract/messages/deadline.ts';
import type { MessageHandler } from '../../shared/ports/queues.ts';
import { createEmulatedBackend, type EmulatedBackend } from '../lab/emulators/emulated-backend.ts';
import { type Emulators, startEmulators } from '../lab/emulators/emulators.ts';
import { type CallCounter, countCalls } from '../support/count-calls.ts';
import { dnsOnly } from '../support/network-view.ts';
import { createRecordingLog } from '../support/recording-log.ts';
import { caa, createZoneResolver } from '../support/zone-resolver.ts';

/** On Lambda the event source receives the messages; here a consumer in this process does. */
const HOST_OPERATIONS = ['ReceiveMessage', 'DeleteMessageBatch', 'ChangeMessageVisibility'];

const BODY = JSON.stringify({
  check_type: 'caa',
  domain_or_ip_target: 'example.test',
  caa_check_parameters: { caa_domains: ['ca.example'] },
});

describe('AWS calls for one request with six perspectives', () => {
  let emulators: Emulators;
  let backend: EmulatedBackend;
  let service: Service;
  let counter: CallCounter;
  const handled = new Set<string>();
  const waiting = new Map<string, () => void>();

  /** Resolves when the deadline message of this request has been handled. */
  function deadlineHandled(requestId: string): Promise<void> {
    if (handled.has(requestId)) return Promise.resolve();
    return new Promise((resolve) => waiting.set(requestId, resolve));
  }

  function watchDeadlines(handler: MessageHandler): MessageHandler {
    return async (message) => {
      await handler(message);
      const { requestId } = parseDeadline(message.body);
      handled.add(requestId);
      waiting.get(requestId)?.();
    };
  }

  beforeAll(async () => {
    emulators = await startEmulators({ dataDir: null });
    const config = loadConfig(
      [
        '--backend',
        'emulated',
        '--data-dir',
        ':memory:',
        '--check-timeout-ms',
        '1000',
        '--request-timeout-ms',
        '2000',
        '--dns-timeout-ms',
        '400',
      ],
      {},
      new Date(),
    );
    const log = createRecordingLog();
    backend = await createEmulatedBackend({
      endpoints: emulators.endpoints,
      tables: DEFAULT_TABLE_NAMES,
      perspectives: config.perspectives.map(({ code }) => code),
      clock: systemClock,
      log,
      onClose: () => emulators.close(),
    });
    const resolver = createZoneResolver({ 'example.test': [caa(0, 'issue', 'ca.example')] });
    service = await startService({
      config,
      backend: {
        ...backend,
        // It checks by the clock and not per request: one read every ten seconds.
        publications: { accepted: () => {}, isBehind: async () => false },
        consumeDeadlines: (handler) => backend.consumeDeadlines(watchDeadlines(handler)),
      },
      log,
      audit: { append: async () => {} },
      clock: systemClock,
      ids: createUuidIds(systemClock.now),
      recorder: { service: 'mpic', version: 'test', instance: 'test' },
      cohortSecret: 'a secret of some length',
      views: new Map(config.perspectives.map(({ code }) => [code, dnsOnly(resolver)])),
      runs: { api: true, decision: true },
    });
    const { clients } = backend;
    counter = countCalls(clients.dynamodb, clients.eventbridge, clients.sqs.inRegion('us-east-1'));
  });

  afterAll(() => service.stop());

  function ourCalls(): Record<string, number> {
    return Object.fromEntries(
      [...counter.counts].filter(([operation]) => !HOST_OPERATIONS.includes(operation)),
    );
  }

  const total = () => Object.values(ourCalls()).reduce((sum, count) => sum + count, 0);

  async function post(query: string): Promise<Response> {
    return service.api.request(`/mpic${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: BODY,
    });
  }

  async function completed(response: Response): Promise<string> {
    const body = (await response.json()) as { mpic_id: string };
    await deadlineHandled(body.mpic_id);
    return body.mpic_id;
  }

  it('a synchronous request needs at most 24, its deadline message included', async () => {
    counter.reset();
    const response = await post('');
    expect(response.status).toBe(200);
    await completed(response);
    expect(ourCalls()).toMatchObject({ PutItem: 7, SendMessage: 7, PutEvents: 1, UpdateItem: 2 });
    expect(total(), JSON.stringify(ourCalls())).toBeLessThanOrEqual(24);
  });

  it('an asynchronous request needs at most 30, its deadline message included', async () => {
    counter.reset();
    const accepted = await post('?async=true');
    expect(accepted.status).toBe(202);
    await completed(accepted);
    expect(ourCalls()).toMatchObject({ PutItem: 7, SendMessage: 13, PutEvents: 1, UpdateItem: 2 });
    expect(total(), JSON.stringify(ourCalls())).toBeLessThanOrEqual(30);
  });
});
