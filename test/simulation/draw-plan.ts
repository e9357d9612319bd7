import type { Policy } from '../../shared/domain/check/check.ts';
import { Random } from '../support/random.ts';
import {
  type CallFate,
  type ClientPlan,
  type Fault,
  type FaultKind,
  HOSTILITIES,
  type MessageFate,
  type Plan,
  type Shape,
  type SightPlan,
} from './plan.ts';
import { proofFor, ZONE } from './world/sight.ts';

/** Requests per history: enough to interfere with each other. */
export const REQUESTS_PER_HISTORY = 25;

const HOUR_MS = 3_600_000;
/** One seed in this many has no faults at all. */
const CALM_EVERY = 5;
/** The seeds after those: only the views of the perspectives have faults. */
const QUIET = 1;
const LONG_OUTAGE_SHARE = 0.02;

/** Days with different rules, and the last moments before five perspectives are required. */
const BEGINNINGS = [
  { startsAt: Date.UTC(2026, 10, 21, 12), fewest: 4 },
  { startsAt: Date.UTC(2026, 11, 14, 23, 59, 40), fewest: 5 },
  { startsAt: Date.UTC(2027, 0, 20, 12), fewest: 5 },
] as const;

/** Derives the whole plan of a history from its seed. */
export function drawPlan(seed: number): Plan {
  const random = new Random(seed);
  const shape = drawShape(random);
  const policy = random.chance(0.7) ? 'baseline-requirements' : 'open-mpic';
  const isCalm = seed % CALM_EVERY === 0;
  const severity = isCalm ? 0 : 0.1 + 0.9 * random.next();
  const perspectives = random.chance(0.3) ? 12 : 6;
  const primary = random.pick(['none', 'site', 'perspective'] as const);
  const remotes = primary === 'perspective' ? perspectives - 1 : perspectives;
  const callers = random.chance(0.5) ? ['ra-one'] : ['ra-one', 'ra-two', 'ra-three'];
  const lastArrival = random.pick([5_000, 20_000, 60_000]);
  const { startsAt, fewest } = random.pick(BEGINNINGS);
  const counts = [2, 3, 4, 5, 6, 8].filter(
    (count) => count <= remotes && (count >= fewest || policy === 'open-mpic'),
  );
  const clients = drawClients(random, { callers, lastArrival, counts, policy, shape });
  const hostile =
    isCalm || shape === 'embedded' || random.chance(0.65) ? [] : drawHostiles(random, perspectives);
  const isQuiet = isCalm || seed % CALM_EVERY === QUIET;
  const faults = isQuiet ? [] : drawFaults(random, shape, severity, lastArrival);
  return {
    seed,
    shape,
    startsAt,
    policy,
    perspectives,
    defaultCount: Math.min(remotes, random.pick([fewest, 5, 6, 6, 6])),
    primary,
    isPrimaryValidated: random.chance(0.9),
    callers,
    // The clocks of the Lambda platform are synchronised, and job ages depend on them.
    clockErrorMs: isQuiet
      ? 0
      : random.pick(shape === 'functions' ? [0, 0, 50, 200] : [0, 0, 200, 2000, 300_000]),
    sight: isCalm ? { forbids: 0, fails: 0, slow: 0, hangs: 0 } : drawSight(random, severity),
    hostile,
    clients,
    faults,
    peaceAt: Math.max(standstills(faults), ...faults.map(endOf)),
  };
}

function drawShape(random: Random): Shape {
  const dice = random.next();
  return dice < 0.5 ? 'functions' : dice < 0.7 ? 'processes' : 'embedded';
}

function drawSight(random: Random, severity: number): SightPlan {
  const upTo = (most: number) => most * severity * random.next();
  return { forbids: upTo(0.5), fails: upTo(0.2), slow: upTo(0.2), hangs: upTo(0.08) };
}

function drawHostiles(random: Random, perspectives: number): Plan['hostile'] {
  const count = random.between(1, 3);
  const chosen = new Set(Array.from({ length: count }, () => random.between(0, perspectives - 1)));
  return [...chosen].map((perspective) => ({
    perspective,
    ways: random.chance(0.4) ? HOSTILITIES : [random.pick(HOSTILITIES), random.pick(HOSTILITIES)],
  }));
}

interface ClientsOf {
  readonly callers: readonly string[];
  readonly lastArrival: number;
  /** The values of perspective_count that a client may send. */
  readonly counts: readonly number[];
  readonly policy: Policy;
  readonly shape: Shape;
}

function drawClients(random: Random, world: ClientsOf): readonly ClientPlan[] {
  const clients: ClientPlan[] = [];
  for (let index = 0; index < REQUESTS_PER_HISTORY; index += 1) {
    const other = clients.length > 0 && random.chance(0.2) ? random.pick(clients) : null;
    clients.push(
      other === null ? drawClient(random, world, index) : drawFollower(random, world, index, other),
    );
  }
  return clients;
}

function drawClient(random: Random, world: ClientsOf, index: number): ClientPlan {
  const hasKey = random.chance(0.75);
  const caller = random.pick(world.callers);
  return {
    id: index,
    at: random.next() * world.lastArrival,
    caller,
    key: hasKey ? `key-${index}` : null,
    body: drawBody(random, world, `t${index}.${ZONE}`),
    isAsync: random.chance(0.5),
    tries: hasKey ? random.between(1, 6) : 1,
    patienceMs: random.chance(0.9) ? 30_000 : random.between(100, 3000),
    repeats: hasKey && random.chance(0.3) ? drawRepeats(random, world.shape) : [],
    reads: drawReads(random, world, caller),
  };
}

/** A client with the key or the target of another one, and perhaps a different body. */
function drawFollower(random: Random, world: ClientsOf, index: number, other: ClientPlan): ClientPlan {
  const client = drawClient(random, world, index);
  return {
    ...client,
    at: random.chance(0.5) ? other.at + random.next() * 3000 : client.at,
    caller: random.chance(0.7) ? other.caller : client.caller,
    key: other.key ?? client.key,
    body: random.chance(0.75) ? other.body : client.body,
  };
}

/** Repeats soon, after the end, and when the answer is too old. */
function drawRepeats(random: Random, shape: Shape): readonly number[] {
  return Array.from({ length: random.between(1, 3) }, () => {
    const dice = random.next();
    if (dice < 0.5) return random.between(1, 8000);
    // Processes that poll for a day are slow to simulate, and show nothing that functions do not.
    if (dice < 0.85 || shape === 'processes') return random.between(8000, 120_000);
    return random.between(7 * HOUR_MS, 26 * HOUR_MS);
  });
}

function drawReads(random: Random, { callers }: ClientsOf, caller: string): ClientPlan['reads'] {
  return Array.from({ length: random.between(0, 2) }, () => ({
    afterMs: random.between(1, 12_000),
    waitSeconds: random.chance(0.3) ? random.pick([1, 3, 10, 25]) : 0,
    caller: random.chance(0.9) ? caller : random.pick(callers),
  }));
}

function drawBody(random: Random, { counts, policy }: ClientsOf, target: string): string {
  const orchestration: Record<string, number> = {};
  if (random.chance(0.7)) orchestration.max_attempts = random.between(1, 3);
  if (random.chance(0.5)) orchestration.perspective_count = random.pick(counts);
  const count = orchestration.perspective_count;
  if (count !== undefined && random.chance(0.3))
    orchestration.quorum_count = random.between(count - 1, count);
  else if (policy === 'open-mpic' && random.chance(0.1)) orchestration.quorum_count = 0;
  const common = {
    domain_or_ip_target: target,
    ...(Object.keys(orchestration).length === 0 ? {} : { orchestration_parameters: orchestration }),
  };
  const dice = random.next();
  if (dice < 0.6) return JSON.stringify({ check_type: 'caa', ...common });
  if (dice < 0.85)
    return JSON.stringify({
      check_type: 'dcv',
      ...common,
      dcv_check_parameters: { validation_method: 'acme-dns-01', key_authorization_hash: proofFor(target) },
    });
  return JSON.stringify({
    check_type: 'dcv',
    ...common,
    dcv_check_parameters: {
      validation_method: 'dns-change',
      dns_record_type: 'TXT',
      dns_name_prefix: '_acme-challenge',
      challenge_value: proofFor(target),
      challenge_type: random.chance(0.5) ? 'request-token' : 'random-value',
    },
  });
}

const CLOUD_DEPENDENCIES = [
  'requests',
  'results',
  'jobs-',
  'jobs-us-east-1',
  'jobs-sa-east-1',
  'deadlines',
  'wake-ups',
  'bus',
  'audit',
  '',
];
const DISK_DEPENDENCIES = ['disk', 'disk', 'audit'];

const CLOUD_FATES: readonly CallFate[] = [
  'refuse',
  'throttle',
  'lose-request',
  'lose-answer',
  'fail-after',
  'slow',
];
const DISK_FATES: readonly CallFate[] = ['refuse', 'slow'];
/** Share of embedded histories in which the disk reports a failure for writes that it made. */
const LYING_DISK_SHARE = 0.15;

const CLOUD_ROLES = ['api', 'decision', 'home-a', 'home-b', 'perspective-us-east-1', 'perspective-eu-west-1'];
const DISK_ROLES = ['service'];

/**
 * Calls at which a process may die; those around the start of an attempt are repeated, because a history has few of
 * them.
 */
const STARTS: readonly (readonly [string, string])[] = [
  ['requests', 'PutItem'],
  ['requests', 'UpdateItem.advance'],
];
const CLOUD_OPERATIONS: readonly (readonly [string, string])[] = [
  ...STARTS,
  ...STARTS,
  ...STARTS,
  ['requests', 'UpdateItem.close'],
  ['requests', 'UpdateItem.publish'],
  ['requests', 'BatchGetItem'],
  ['requests', 'GetItem'],
  ['results', 'BatchGetItem'],
  ['results', 'PutItem'],
  ['deadlines', 'SendMessage'],
  ['wake-ups', 'SendMessage'],
  ['jobs-us-east-1', 'SendMessage'],
  ['jobs-eu-central-1', 'SendMessage'],
  ['audit', 'PutObject'],
  ['bus', 'PutEvents'],
];
const DISK_OPERATIONS: readonly (readonly [string, string])[] = [
  ['disk', 'put-request'],
  ['disk', 'del-open'],
  ['disk', 'put-result'],
  ['audit', 'PutObject'],
];

function drawFaults(random: Random, shape: Shape, severity: number, lastArrival: number): readonly Fault[] {
  const isDisk = shape === 'embedded';
  const dependencies = isDisk ? DISK_DEPENDENCIES : CLOUD_DEPENDENCIES;
  const operations = isDisk ? DISK_OPERATIONS : CLOUD_OPERATIONS;
  const roles = isDisk ? DISK_ROLES : CLOUD_ROLES;
  const diskFates = random.chance(LYING_DISK_SHARE) ? [...DISK_FATES, 'fail-after' as const] : DISK_FATES;
  const fates = isDisk ? diskFates : CLOUD_FATES;
  const latest = lastArrival + 20_000;
  const count = (most: number) => Math.floor(random.next() * (most * severity + 1));
  const faults: Fault[] = [];
  const add = (times: number, draw: () => FaultKind) => {
    for (let made = 0; made < times; made += 1) faults.push({ ...draw(), id: faults.length });
  };
  add(count(5), () => {
    const from = random.next() * latest;
    const lasts = random.pick([50, 500, 3000, 15_000, 60_000]) * random.next();
    return {
      kind: 'calls',
      from,
      until: from + lasts,
      dependency: random.pick(dependencies),
      role: random.chance(0.4) ? random.pick(roles) : null,
      fate: random.pick(fates),
      share: random.pick([0.05, 0.3, 1, 1]),
    };
  });
  add(count(9), () => {
    const [dependency, operation] = random.pick(operations);
    return { kind: 'one-call', dependency, operation, nth: drawPlace(random), fate: random.pick(fates) };
  });
  add(count(8), () => {
    const [dependency, operation] = random.pick(operations);
    return {
      kind: 'end-at-call',
      dependency,
      operation,
      nth: drawPlace(random),
      moment: random.pick(['before', 'after'] as const),
      freezeMs: random.chance(0.5) ? null : random.pick([3000, 30_000, 120_000, 120_000]) * random.next(),
    };
  });
  add(count(3), () => ({ kind: 'kill', at: random.next() * latest, role: random.pick(roles) }));
  add(count(2), () => ({
    kind: 'freeze',
    at: random.next() * latest,
    role: random.pick(roles),
    forMs: random.pick([300, 5000, 30_000, 300_000]) * random.next(),
  }));
  add(random.chance(0.2) ? 1 : 0, () => ({
    kind: 'clock-jump',
    at: random.next() * latest,
    role: random.pick(roles),
    byMs: random.pick([-120_000, -3000, 3000, 120_000]),
  }));
  // Partial failures apply to few kinds of calls, and would rarely hit one of them by chance.
  if (!isDisk)
    add(count(2), () => {
      const from = random.next() * latest;
      return {
        kind: 'calls',
        from,
        until: from + random.pick([3000, 15_000, 60_000]) * random.next(),
        dependency: random.pick(['requests', 'results', 'bus', '']),
        role: null,
        fate: 'partial',
        share: random.pick([0.3, 1]),
      };
    });
  if (!isDisk)
    add(count(4), () => {
      const from = random.next() * latest;
      return {
        kind: 'messages',
        from,
        until: from + random.next() * 30_000,
        queue: random.pick(['', 'jobs-', 'deadlines', 'wake-ups']),
        fate: random.pick<MessageFate>(['delay', 'duplicate', 'keep-after-deletion']),
        share: random.pick([0.1, 0.5, 1]),
      };
    });
  if (random.chance(LONG_OUTAGE_SHARE)) {
    const from = random.next() * latest;
    add(1, () => ({
      kind: 'calls',
      from,
      until: from + random.pick([120_000, 600_000, 40 * 60_000]) * (0.5 + 0.5 * random.next()),
      dependency: isDisk
        ? 'audit'
        : random.pick(['requests', 'results', 'audit', 'bus', 'deadlines', 'jobs-']),
      role: null,
      fate: random.pick<CallFate>(['refuse', 'lose-request', 'throttle']),
      share: 1,
    }));
  }
  return faults;
}

/** Picks which call of a kind is hit: a history has one call per request of most kinds, and a few of some. */
function drawPlace(random: Random): number {
  return random.chance(0.5) ? random.between(1, 8) : random.between(1, 40);
}

const LONGEST_SLOWNESS_MS = 10_000;
const LONGEST_MESSAGE_DELAY_MS = 80_000;

/** When all calls that freeze a process have happened: each delays the next one. */
function standstills(faults: readonly Fault[]): number {
  return faults.reduce(
    (end, fault) => (fault.kind === 'end-at-call' ? Math.max(30_000, end) + (fault.freezeMs ?? 0) : end),
    0,
  );
}

function endOf(fault: Fault): number {
  switch (fault.kind) {
    case 'calls':
      return fault.until + LONGEST_SLOWNESS_MS;
    case 'messages':
      return fault.until + LONGEST_MESSAGE_DELAY_MS;
    case 'kill':
    case 'clock-jump':
      return fault.at + 10_000;
    case 'freeze':
      return fault.at + fault.forMs;
    // The time of the call is not known in advance.
    case 'end-at-call':
    case 'one-call':
      return 30_000;
  }
}
