import { describe, expect, it } from 'vitest';
import { type History, runEmbeddedHistory, runSharedHistory } from '../support/history.ts';
import { expectEndedOnce, expectLateResultsKept } from '../support/invariants.ts';

/** One history has this many requests, so that they get in each other's way. */
const REQUESTS = 30;
/** Time is virtual, and what limits a history is the processor alone, which may have other things to do. */
const PROCESSOR_MS = 300_000;
/** Replay one history with `HISTORY_SEED=<seed>`. */
const REPLAYED = process.env.HISTORY_SEED;
const SEEDS = (first: number, count: number): readonly number[] =>
  REPLAYED === undefined ? Array.from({ length: count }, (_, index) => first + index) : [Number(REPLAYED)];

async function expectNothingLost({ world, clients, records, results, violations }: History): Promise<void> {
  expect(world.surprises).toEqual([]);
  expect(violations).toEqual([]);
  const byId = new Map(records.map((record) => [record.requestId, record]));
  for (const record of records) await expectEndedOnce(world, results, record);
  for (const { requestId, verdicts } of clients) {
    if (requestId === null) continue;
    const record = byId.get(requestId);
    expect(record, 'what a client was told is accepted is stored').toBeDefined();
    for (const verdict of verdicts)
      expect(verdict, 'no client ever hears two verdicts').toBe(record?.verdicts.at(-1)?.isValid);
  }
  const published = new Set(world.events.map((event) => event.mpic_id));
  expect([...published].filter((id) => !byId.has(id))).toEqual([]);
}

describe('Histories with faults drawn from a seed', () => {
  const WORLDS = [
    { name: 'many processes, shared tables, durable queues', run: runSharedHistory, seeds: SEEDS(1, 60) },
    {
      name: 'one process after the other on the embedded backend',
      run: runEmbeddedHistory,
      seeds: SEEDS(1001, 40),
    },
  ];
  it.each(WORLDS)(
    '$name: nothing lost, nothing decided twice',
    async ({ run, seeds }) => {
      for (const seed of seeds) {
        try {
          await expectNothingLost(await run(seed, REQUESTS));
        } catch (error) {
          throw new Error(`replay with HISTORY_SEED=${seed}`, { cause: error });
        }
      }
    },
    PROCESSOR_MS,
  );

  it('what came too late is on record where the queues outlive the processes', async () => {
    for (const seed of SEEDS(501, 10)) {
      const { world, records, results } = await runSharedHistory(seed, REQUESTS);
      for (const record of records) await expectLateResultsKept(world, results, record);
    }
  });

  it('a seed repeats its history', async () => {
    const facts = async () => {
      const { records, clients, world } = await runSharedHistory(7, REQUESTS);
      return { records, clients, events: world.events.length, elapsed: world.time.elapsed };
    };
    expect(await facts()).toEqual(await facts());
  });
});
