import { ATTEMPT_BOUND_MS } from './bounds.ts';
import { runClient } from './clients.ts';
import { judgeHistory, type Violation } from './oracle/judge.ts';
import type { Plan } from './plan.ts';
import { startEmbedded } from './world/embedded-shape.ts';
import { startFunctions } from './world/functions-shape.ts';
import { startProcesses } from './world/processes-shape.ts';
import { type AskApi, World } from './world/world.ts';

/** A finished history and its violations. */
export interface HistoryReport {
  readonly violations: readonly Violation[];
  /** Digest of the trace: the same for the same plan. */
  readonly digest: string;
  readonly requests: number;
  readonly virtualMs: number;
  readonly faults: ReadonlyMap<string, number>;
  /** Number of answers by method and status. */
  readonly answers: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
}

/** Step of the wait for clients, whose last repetition may come a day later. */
const LAST_WORD_MS = 60_000;

/** Runs a plan, then judges the history. */
export async function runHistory(plan: Plan, keepLines = false): Promise<HistoryReport> {
  const world = new World(plan, keepLines);
  const ask = await start(world);
  world.scheduleFaults();
  let talking = plan.clients.length;
  for (const client of plan.clients)
    runClient(world, ask, client).then(
      () => {
        talking -= 1;
      },
      (error: unknown) => world.ledger.surprises.push(`a client threw: ${String(error)}`),
    );
  const end = plan.peaceAt + peaceNeeded(plan);
  await world.time.advance(end);
  while (talking > 0 && world.time.elapsed < end + LONGEST_HISTORY_MS) await world.time.advance(LAST_WORD_MS);
  await world.time.advance(LAST_WORD_MS);
  if (world.network.isRunaway) world.ledger.surprises.push('too many calls: an endless loop');
  return {
    violations: judgeHistory(world, end),
    digest: world.trace.digest,
    requests: plan.clients.length,
    virtualMs: world.time.elapsed,
    faults: world.network.happened,
    answers: countAnswers(world),
    lines: world.trace.lines ?? [],
  };
}

const LONGEST_HISTORY_MS = 3 * 86_400_000;

/** How long after the last fault everything must be over: three attempts, each with its maximum delay. */
function peaceNeeded({ clients }: Plan): number {
  const last = Math.max(0, ...clients.map(({ at }) => at));
  return last + 3 * (12_000 + ATTEMPT_BOUND_MS);
}

function start(world: World): AskApi | Promise<AskApi> {
  switch (world.plan.shape) {
    case 'functions':
      return startFunctions(world);
    case 'processes':
      return startProcesses(world);
    case 'embedded':
      return startEmbedded(world);
  }
}

function countAnswers({ ledger }: World): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { method, status } of ledger.answers) {
    const name = `${method} ${status ?? 'silence'}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
