import { createAwsBackend } from '../../../services/hosts/local/aws-backend.ts';
import { type Service, startService } from '../../../services/hosts/local/service.ts';
import { startSqsConsumer } from '../../../shared/adapters/aws/sqs-consumer.ts';
import { Cloud, DEADLINES, jobsOf, WAKE_UPS } from './cloud.ts';
import { TABLES } from './dynamodb.ts';
import { readAnswer } from './functions-shape.ts';
import { startHostiles } from './hostile.ts';
import type { SimProcess } from './process.ts';
import { addressOf } from './sqs.ts';
import { type AskApi, keyOfCaller, type World } from './world.ts';

const HOMES = ['home-a', 'home-b'];
const ANSWER_LATENCY_MS = 5;

/** The service as long-running processes: two in the home region, and a worker for each perspective. */
export function startProcesses(world: World): AskApi {
  const cloud = new Cloud(world);
  const services = new Map<SimProcess, Service>();
  for (const role of HOMES)
    keepRunning(world, role, async (process) => {
      services.set(process, await startHome(world, cloud, process));
    });
  const hostile = startHostiles(world, cloud);
  for (const { code } of world.config.perspectives) {
    if (hostile.has(code)) continue;
    keepRunning(world, `perspective-${code}`, async (process) => {
      startSqsConsumer({
        clients: cloud.sqs(process),
        queue: addressOf(jobsOf(code)),
        handler: cloud.perspective(code, process),
        clock: process.clock,
        log: world.log,
      });
    });
  }
  return askOneOf(world, services);
}

function startHome(world: World, cloud: Cloud, process: SimProcess): Promise<Service> {
  const { config, log } = world;
  const { clock } = process;
  const { trail, ...parts } = cloud.home(process);
  const backend = createAwsBackend({
    clients: {
      dynamodb: cloud.dynamodb.connect(process),
      eventbridge: world.bus.connect(process),
      sqs: cloud.sqs(process),
      warm: async () => {},
      close() {},
    },
    tables: TABLES,
    eventBus: 'default',
    jobQueues: cloud.jobQueues(),
    deadlineQueue: addressOf(DEADLINES),
    wakeQueue: addressOf(WAKE_UPS),
    clock,
    log,
  });
  return startService({
    ...parts,
    config,
    backend,
    audit: trail,
    views: new Map(),
    runs: { api: true, decision: true },
  });
}

/** Starts a process, and another one whenever it dies or fails to start. */
export function keepRunning(world: World, role: string, start: (process: SimProcess) => Promise<void>): void {
  const random = world.network.stream(`restarts of ${role}`);
  const run = () => {
    const process = world.spawn(role);
    process.onDeath(() => world.time.schedule(random.between(50, 5000), run));
    start(process).catch(() => process.kill());
  };
  run();
}

/** Sends each request to one of the running processes; a frozen one handles it when thawed. */
export function askOneOf(world: World, services: Map<SimProcess, Service>): AskApi {
  const random = world.network.stream('balancer');
  return (request, caller, done) => {
    for (const process of services.keys()) if (process.isDead) services.delete(process);
    if (services.size === 0) {
      done({ status: 502, headers: new Headers(), content: null });
      return;
    }
    const [process, service] = random.pick([...services]);
    request.headers.set('x-api-key', keyOfCaller(caller));
    world.time.schedule(random.next() * ANSWER_LATENCY_MS, () =>
      process.enter(() => {
        const asking = async () => readAnswer(await service.api.fetch(request));
        asking().then(
          (answer) => world.time.schedule(random.next() * ANSWER_LATENCY_MS, () => done(answer)),
          (error: unknown) => {
            world.ledger.surprises.push(`the API threw: ${String(error)}`);
            done(null);
          },
        );
      }),
    );
  };
}
