import type { CheckJob } from '../../../shared/contract/messages/check-job.ts';
import { serialiseWakeUp } from '../../../shared/contract/messages/wake-up.ts';
import { methodOf } from '../../../shared/domain/check/check.ts';
import type { PerspectiveCode } from '../../../shared/domain/check/perspective.ts';
import type { Hostility } from '../plan.ts';
import { type Cloud, jobsOf, WAKE_UPS } from './cloud.ts';
import type { SimProcess } from './process.ts';
import type { Message } from './sqs.ts';
import { codeOf, type World } from './world.ts';

/** Perspectives controlled by an attacker, who does anything that their role permits. */
export function startHostiles(world: World, cloud: Cloud): ReadonlySet<PerspectiveCode> {
  const codes = new Set<PerspectiveCode>();
  for (const { perspective, ways } of world.plan.hostile) {
    const code = codeOf(world.config.perspectives, perspective);
    codes.add(code);
    const process = world.spawn(`hostile-${code}`);
    const queue = cloud.queue(jobsOf(code));
    const random = world.network.stream(`hostile ${code}`);
    queue.onVisible = () => {
      for (const message of queue.receive(10)) {
        queue.delete(message);
        const job = JSON.parse(message.body) as CheckJob;
        treat(world, cloud, process, { code, job, message, way: random.pick(ways) });
      }
    };
  }
  return codes;
}

interface Case {
  readonly code: PerspectiveCode;
  readonly job: CheckJob;
  readonly message: Message;
  readonly way: Hostility;
}

function treat(world: World, cloud: Cloud, process: SimProcess, one: Case): void {
  const { code, job, way } = one;
  const random = world.network.stream(`hostile ${code}`);
  world.network.note(`hostile-${way}`);
  const put = (text: string, afterMs: number): void => {
    world.time.schedule(afterMs, () => {
      const item = {
        pk: `${code}#${job.requestId}`,
        sk: job.attempt,
        contract: '1.1',
      };
      cloud.dynamodb.put('results', { ...item, result: text }, process);
      wake(world, cloud, process, job, random.between(0, 2));
    });
  };
  const soon = random.between(1, 300);
  const changed = CLAIMS[way];
  if (changed !== undefined) put(resultOf(world, one, true, changed), soon);
  else if (way === 'deny') put(resultOf(world, one, false), soon);
  else if (way === 'junk') put('{"contract":"1.1","passed":true,', soon);
  else if (way === 'not-a-result')
    put(JSON.stringify({ contract: '1.1', passed: true, corroborates: true, completed: true }), soon);
  else if (way === 'late') put(resultOf(world, one, true), random.between(10_000, 40_000));
  else if (way === 'change-its-mind') {
    put(resultOf(world, one, random.chance(0.5)), soon);
    put(resultOf(world, one, random.chance(0.5)), soon + random.between(1, 20_000));
  } else if (way === 'flood') {
    put(resultOf(world, one, random.chance(0.5)), soon);
    wake(world, cloud, process, job, 20);
  }
}

/** What a hostile result claims in addition to corroborating. */
const CLAIMS: Readonly<Partial<Record<Hostility, object>>> = {
  corroborate: {},
  'other-perspective': { perspective: 'elsewhere-1' },
  'other-attempt': { attempt: 999 },
  'other-start': { attemptToken: 'start-of-another' },
  'other-request': { requestId: '00000000-0000-7000-8000-ffffffffffff' },
  'other-digest': { requestDigest: 'f'.repeat(64) },
};

/** Sends wake-ups, some of which pretend to be other messages. */
function wake(world: World, cloud: Cloud, process: SimProcess, job: CheckJob, count: number): void {
  const random = world.network.stream(`hostile ${job.perspective}`);
  const { requestId, attempt, attemptToken } = job;
  for (let index = 0; index < count; index += 1) {
    const body = random.pick([
      serialiseWakeUp({ requestId, attempt }),
      serialiseWakeUp({ requestId, attempt: attempt + 1 }),
      JSON.stringify({
        contract: '1.1',
        kind: 'deadline',
        requestId,
        attempt,
        attemptToken,
        asked: [],
        putOffs: 3,
      }),
      'no JSON at all',
    ]);
    cloud.queue(WAKE_UPS).send(body, random.between(0, 5) * 1000, process);
  }
}

function resultOf(world: World, { code, job }: Case, passed: boolean, changes: object = {}): string {
  const now = world.plan.startsAt + Math.floor(world.time.elapsed);
  const dns = {
    resolver: 'hostile',
    dnssec: 'secure',
    rcode: 0,
    ttl: 300,
    tries: 1,
    cnameChain: [],
    extendedErrors: [],
  };
  const details =
    job.check.checkType === 'caa'
      ? {
          kind: 'caa',
          recordPresent: true,
          foundAt: 'name',
          recordsSeen: ['0 issue "ca.example"'],
          recordsTruncated: false,
          reason: passed ? 'authorised' : 'issuer-not-authorised',
          permissibleAccountUris: null,
          permissibleValidationMethods: null,
          rfc8657Ignored: false,
          dns,
        }
      : {
          kind: 'dns',
          method: methodOf(job.check),
          recordsSeen: ['proof'],
          recordsTruncated: false,
          adFlag: true,
          foundAt: 'name',
          dns,
        };
  return JSON.stringify({
    contract: '1.1',
    requestId: job.requestId,
    attempt: job.attempt,
    perspective: code,
    checkType: job.check.checkType,
    startedAt: now,
    completedAt: now,
    recorder: 'somebody else',
    completed: true,
    passed,
    corroborates: passed,
    errors: [],
    details,
    allowedNetworks: [],
    attemptToken: job.attemptToken,
    requestDigest: job.requestDigest,
    ...changes,
  });
}
