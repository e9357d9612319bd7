import { describe, expect, it } from 'vitest';
import type { Rir } from '../../shared/domain/check/perspective.ts';
import { BUILT_AT, buildRequestRecord } from '../support/builders.ts';
import { type Found, type SearchOptions, search } from './search.ts';
import type { Budget, Defects } from './world.ts';

/** Seconds per case. More seconds search deeper: see CONTRIBUTING.md. */
const SECONDS = Number(process.env.EXHAUSTIVE_SECONDS ?? 4);
/** A search keeps about 2 KiB in memory per state. */
const MAX_STATES = 2_000_000;
const CODES = ['ams', 'fra', 'iad', 'gru', 'sin'];

interface Case {
  /**
   * Finding of each perspective in the first attempt: `y`, `n`, or `-` for one that never receives its job. In later
   * attempts all find `y`.
   */
  readonly finds: string;
  readonly async?: boolean;
  readonly attempts?: number;
  readonly faults?: number;
  readonly duplicates?: number;
  readonly posts?: number;
  readonly lingerMs?: number;
  readonly forgets?: boolean;
  /** Concurrent runs of the home region. */
  readonly atOnce?: number;
}

/** The first half is in one region, the others in another. */
function regionOf(index: number, count: number): Rir {
  return index < count / 2 ? 'RIPE NCC' : 'ARIN';
}

function look(one: Case, more: Partial<SearchOptions> = {}): Promise<Found> {
  const { finds, async = true, attempts = 1, faults = 0, duplicates = 0, posts = 1 } = one;
  const { lingerMs = 0, forgets = false, atOnce = 1 } = one;
  const codes = CODES.slice(0, finds.length);
  const budget: Budget = { faults, duplicates, posts };
  return search({
    record: buildRequestRecord({
      requestId: '019f1d2a-0000-7000-8000-000000000001',
      cohorts: [codes.map((code, index) => ({ code, rir: regionOf(index, codes.length) }))],
      quorumCount: codes.length - 1,
      maxAttempts: attempts,
      async,
      createdAt: BUILT_AT,
      attemptTimeoutMs: 10_000,
    }),
    settings: {
      lingerMs,
      forgets,
      checkTimeoutMs: 8000,
      finds(attempt, perspective) {
        const found = finds[codes.indexOf(perspective)];
        return found === '-' ? null : attempt > 1 || found === 'y';
      },
    },
    budget,
    maxAtOnce: atOnce,
    maxStates: MAX_STATES,
    until: performance.now() + SECONDS * 1000,
    ...more,
  });
}

const CASES: readonly Case[] = [
  { finds: '----', faults: 1, posts: 2, duplicates: 1 },
  { finds: '----', faults: 2, attempts: 2 },
  { finds: 'y---', faults: 1, posts: 2 },
  { finds: 'nn--', faults: 1 },
  { finds: 'nn--', duplicates: 1, atOnce: 2 },
  { finds: 'nn--', attempts: 2 },
  { finds: 'yyy-', atOnce: 2 },
  { finds: 'yyyyy' },
  { finds: 'nyyyy', duplicates: 1 },
  { finds: '----', async: false, faults: 1, posts: 2, forgets: true },
  { finds: 'nn--', async: false, faults: 1 },
  { finds: 'nny-', async: false, lingerMs: 300 },
  { finds: 'nn--', async: false, attempts: 2, atOnce: 2 },
];

describe('one request in every order of events and faults', () => {
  it.each(CASES.map((one) => ({ ...one, name: JSON.stringify(one) })))(
    'ends once, by the rules, with all records: $name',
    async ({ name, ...one }) => {
      const { violation, ...extent } = await look(one);
      process.stdout.write(`exhaustive ${name}: ${JSON.stringify(extent)}\n`);
      expect(violation).toBeNull();
      expect(extent.states).toBeGreaterThan(100);
    },
    SECONDS * 1000 + 60_000,
  );

  /** Shows that the search detects known defects. */
  it.each<{ name: string; defects: Defects; one: Case; what: RegExp }>([
    {
      name: 'verdicts are written without a condition',
      defects: { unconditionalVerdict: true },
      one: { finds: 'yyy-', atOnce: 2 },
      what: /a second verdict on attempt 1/,
    },
    {
      name: 'deadlines are lost',
      defects: { lostDeadlines: true },
      one: { finds: 'yy--' },
      what: /no event is left that would end the request/,
    },
    {
      name: 'results are read from a lagging replica',
      defects: { staleReads: true },
      one: { finds: 'yyy-' },
      what: /overlooks results that its deadline could read|not valid, but the rules say it is/,
    },
    {
      name: 'the audit trail loses accepted records',
      defects: { lostAudit: true },
      one: { finds: 'yyy-' },
      what: /an event is published before its records/,
    },
    {
      name: 'the bus loses accepted events',
      defects: { lostEvents: true },
      one: { finds: 'yyy-' },
      what: /marked as published before its event is published/,
    },
    {
      name: 'queues deliver delayed messages at once',
      defects: { impatientQueues: true },
      one: { finds: 'yyy-' },
      what: /an undecided attempt ends before its deadline/,
    },
    {
      name: 'the second writer of a verdict is told that it was the first',
      defects: { everybodyFirst: true },
      one: { finds: 'yyy-', atOnce: 2 },
      what: /two different records have the id/,
    },
  ])(
    'reports a violation if $name',
    async ({ defects, one, what }) => {
      const until = performance.now() + 110_000;
      const { violation, ...extent } = await look(one, { defects, maxStates: 100_000, until });
      process.stdout.write(`exhaustive, broken: ${JSON.stringify({ ...extent, violation })}\n`);
      expect(violation?.what).toMatch(what);
    },
    120_000,
  );
});
