import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditRecordSchema } from '../../shared/contract/audit/audit-schema.ts';
import type { RequestCompletedEvent } from '../../shared/contract/messages/request-completed.ts';
import type { ServiceConfig } from '../../shared/contract/settings/service-config.ts';
import type { PerspectiveCode } from '../../shared/domain/check/perspective.ts';
import { resultKeys } from '../../shared/domain/mpic/attempt.ts';
import {
  type AttemptVerdict,
  perspectivesAsked,
  type RequestRecord,
} from '../../shared/domain/mpic/lifecycle.ts';
import type { OpenBench } from '../support/bench.ts';
import { eventually } from '../support/eventually.ts';
import { ASYNC, caaRequest, type Harness, type Reply, type SendOptions } from '../support/harness.ts';
import { type Attack, anyAttack, attacksWith, HostilePerspective } from '../support/hostile-perspective.ts';
import { decideAnew } from '../support/invariants.ts';
import { SIX, views } from '../support/perspectives.ts';
import { AN_ORDINARY_NOON, useHarness } from '../support/use-harness.ts';
import { CA, late, NAME, zone } from '../support/views.ts';
import { issue } from '../support/zone-resolver.ts';

const CLOSED = 'closed.example.test';
const WORLD = zone({ [NAME]: [issue(CA)], [CLOSED]: [issue('other.example')] });
/** Late enough for an attacker to be first. */
const HONEST_DELAY_MS = 150;
/** How many times longer than those of the bench the time-outs are: twenty requests run at once. */
const PATIENCE = 5;
/** Retry-After of a 503. */
const RETRY_AFTER_MS = 1000;
const PATIENCE_MS = 120_000;
const MOST_REPETITIONS = 30;
const EVENT_ENTRY_BYTES = 256 * 1024;

interface HostileSuite {
  /** Number of messages in a flood. */
  readonly flood: number;
  /** Number of simultaneous attacks. */
  readonly together: number;
  /**
   * In virtual time only the attackers can delay an answer; in real time a busy machine can, too, bounded by the
   * deadline.
   */
  readonly time: 'virtual' | 'real';
  /** Number of attackers generated at random. */
  readonly random: number;
}

/**
 * Perspectives controlled by an attacker who does anything that their permissions allow, at any time and any number of
 * times: as many as the quorum tolerates. Each counts as one result and nothing more.
 */
export function describeHostilePerspectives(name: string, open: OpenBench, suite: HostileSuite): void {
  describe(`Hostile perspectives: ${name}`, () => {
    const bed = useHarness(open);
    const attacks = attacksWith(suite.flood);

    it.each(rowsOf(attacks, suite.together))(
      'the honest perspectives decide against $attackers of 6, each of which $name',
      ({ attackers, attacks: row }) => besiege(row, attackers),
      2 * PATIENCE_MS,
    );

    it('a result changed long after the verdict is audited at the next read', async () => {
      const [hostile = ''] = SIX;
      const harness = await bed.start();
      const { mpic } = await harness.post(caaRequest());
      const id = mpic.mpic_id;
      await harness.advance(2 * harness.attemptMs);
      for (const text of ['{}', '{"passed":false}']) {
        await harness.until(bed.bench.putResult(hostile, id, 1, text));
        expect((await harness.get(`/mpic/${id}`)).job.response).toEqual(mpic);
        await harness.advance(bed.bench.slackMs);
      }
      const onRecord = () => bed.bench.audit.idsOf(id, 'result-changed');
      for (let turn = 0; turn < 20 && onRecord().length === 0; turn++)
        await harness.advance(bed.bench.slackMs);
      expect(onRecord()).toEqual([`${id}/1/${hostile}/changed`]);
      const alarms = harness.log.entries.filter(({ event }) => event === 'result_changed_after_verdict');
      expect(alarms).toHaveLength(1);
    });

    it(`the honest perspectives decide against 2 of 6 in ${suite.random} random attacks`, async () => {
      if (suite.together > 1)
        return besiege(fc.sample(anyAttack, { numRuns: suite.random, seed: 20261129 }), 2);
      const property = fc.asyncProperty(anyAttack, async (attack) => {
        await bed.openAt(AN_ORDINARY_NOON);
        await besiege([attack], 2);
      });
      await fc.assert(property, { numRuns: suite.random, seed: 20261129 });
    }, 300_000);

    async function besiege(row: readonly Attack[], attackers: number): Promise<void> {
      const hostile = SIX.slice(0, attackers);
      const honest = SIX.slice(attackers);
      const harness = await bed.start({
        silent: hostile,
        views: views(honest, late(HONEST_DELAY_MS, WORLD)),
        ...(suite.time === 'real' ? { config: patient(bed.bench.settings) } : {}),
      });
      const minds = hostile.map((code) => new HostilePerspective(code, bed.bench, harness, row));
      try {
        const asked = await Promise.all(
          row.flatMap((attack, index) => ask(harness, attack, attackers, index)),
        );
        for (let turn = 0; turn < 2; turn++) {
          await harness.until(Promise.all(minds.map((mind) => mind.attackAgain())));
          for (const { id } of asked) expect((await harness.get(`/mpic/${id}`)).status).toBe(200);
          await harness.advance(turn === 0 ? 1 : harness.attemptMs);
        }
        for (const one of asked) await expectContained(harness, one, honest);
        expect((await harness.get('/perspectives')).status).toBe(200);
        expect(await bed.bench.deadLetters('deadlines')).toEqual([]);
        expectNothingElseOnRecord(asked);
      } finally {
        await harness.until(Promise.all(minds.map((mind) => mind.stop())));
      }
    }

    /** A target that all others permit and one that all others forbid, synchronous and asynchronous. */
    function ask(
      harness: Harness,
      { name: attack }: Attack,
      attackers: number,
      index: number,
    ): Promise<Asked>[] {
      const clock = bed.bench.time.createClock();
      const ways = suite.time === 'virtual' ? [{}, ASYNC] : [index % 2 === 0 ? {} : ASYNC];
      return [true, false].flatMap((permitted) =>
        ways.map(async (options) => {
          const body = caaRequest({
            trace_identifier: attack,
            domain_or_ip_target: permitted ? NAME : CLOSED,
            orchestration_parameters: { perspective_count: 6, quorum_count: 6 - attackers, max_attempts: 2 },
          });
          const askedAt = clock.monotonic();
          const posted = await postPatiently(harness, body, options);
          // In real time a busy store can make the waiting process leave a request to its deadline message: its answer
          // is then read later.
          const isCollected = options === ASYNC || (suite.time !== 'virtual' && posted.status === 202);
          expect(posted.status, posted.text).toBe(isCollected ? 202 : 200);
          const id = posted.accepted.mpic_id;
          if (suite.time === 'real')
            await eventually(
              async () => (await harness.record(id)).published,
              `${id} is over`,
              PATIENCE_MS,
              50,
            );
          const first = await harness.get(`/mpic/${id}?wait=25`);
          const tookMs = clock.monotonic() - askedAt;
          // There are enough results without the attackers.
          const attemptMs = HONEST_DELAY_MS + harness.config.lingerMs + bed.bench.slackMs;
          if (suite.time === 'virtual')
            expect(tookMs, 'no delay beyond the linger time').toBeLessThanOrEqual(
              (permitted ? 1 : 2) * attemptMs,
            );
          if (!isCollected) expect(posted.mpic).toEqual(first.job.response);
          return { id, permitted, first };
        }),
      );
    }

    /**
     * In real time the store of a busy machine may time out; the client then repeats its request, as Retry-After says.
     */
    async function postPatiently(harness: Harness, body: unknown, options: SendOptions): Promise<Reply> {
      if (suite.time === 'virtual') return harness.post(body, options);
      const headers = { 'idempotency-key': randomUUID() };
      let posted = await harness.post(body, { ...options, headers });
      for (let tries = 1; posted.status === 503 && tries < MOST_REPETITIONS; tries++) {
        await harness.advance(RETRY_AFTER_MS);
        posted = await harness.post(body, { ...options, headers });
      }
      return posted;
    }

    async function expectContained(harness: Harness, { id, permitted, first }: Asked, honest: Codes) {
      const record = await harness.record(id);
      expect(record).toMatchObject({ status: 'completed', published: true });
      const slow = record.verdicts.filter(
        (verdict) => permitted && isLostToSlowness(record, verdict, honest),
      );
      expect(record.attempt).toBe(permitted ? 1 + slow.length : 2);
      expect(first.job.response?.is_valid).toBe(permitted);
      const again = await harness.get(`/mpic/${id}`);
      expect(again.job.response, 'the answer does not change').toEqual(first.job.response);
      expect(again.text.length, 'late results are limited').toBeLessThan(2 * 1024 * 1024);
      const keys = resultKeys(record).filter(({ perspective }) => honest.includes(perspective));
      const stored = await harness.until(harness.backend.results.readResults(id, keys));
      for (const verdict of record.verdicts) {
        expect(verdict.isValid).toBe(permitted && !slow.includes(verdict));
        expectOneVoteEach(record, verdict);
        for (const vote of stored.filter(({ attempt }) => attempt === verdict.attempt)) {
          expect(vote).toMatchObject({ status: 'readable', result: { passed: permitted } });
          if (verdict.counted.includes(vote.perspective)) expect(verdict.results).toContainEqual(vote);
        }
      }
      expectRecords(record, permitted, honest);
      expectOneEvent(record);
    }

    /**
     * In real time a busy machine can keep honest results from being there at the deadline. Then the attempt is lost,
     * never valid, and the next one decides.
     */
    function isLostToSlowness(record: RequestRecord, verdict: AttemptVerdict, honest: Codes): boolean {
      const { attempt, counted, startedAt, decidedAt } = verdict;
      if (suite.time === 'virtual' || attempt === record.attempt) return false;
      const isLate = decidedAt - startedAt >= record.attemptTimeoutMs;
      return isLate && honest.some((code) => !counted.includes(code));
    }

    function expectOneVoteEach(record: RequestRecord, verdict: AttemptVerdict): void {
      const { attempt, counted, results, isValid, mpicCompleted, corroborating, baseline } = verdict;
      const tookMs = verdict.decidedAt - verdict.startedAt;
      // A busy machine with emulators in this process is late by seconds; a lost deadline message would cost half a
      // minute.
      const slackMs = suite.time === 'virtual' ? bed.bench.slackMs : 3 * record.attemptTimeoutMs;
      expect(tookMs, 'decided by the deadline').toBeLessThanOrEqual(record.attemptTimeoutMs + slackMs);
      expect(results.map(({ perspective }) => perspective)).toEqual(counted);
      expect(new Set(counted).size).toBe(counted.length);
      for (const code of counted) expect(perspectivesAsked(record, attempt)).toContain(code);
      expect({ isValid, mpicCompleted, corroborating, baseline }).toEqual(
        decideAnew(record, verdict, results),
      );
    }

    function expectRecords(record: RequestRecord, permitted: boolean, honest: Codes): void {
      const { requestId: id } = record;
      const { audit } = bed.bench;
      const perAttempt = (suffixes: readonly string[]) =>
        record.verdicts
          .flatMap(({ attempt }) => suffixes.map((suffix) => `${id}/${attempt}/${suffix}`))
          .sort();
      expect(audit.idsOf(id, 'perspective-check')).toEqual(perAttempt(SIX));
      expect(audit.idsOf(id, 'quorum-decision')).toEqual(perAttempt(['quorum']));
      expect(audit.contradictions, 'no record is altered').toEqual([]);
      const hostile = SIX.filter((code) => !honest.includes(code));
      const more = [...audit.idsOf(id, 'late-result'), ...audit.idsOf(id, 'result-changed')];
      const allowed = perAttempt(hostile.flatMap((code) => [`${code}/late`, `${code}/changed`]));
      const isHonestAndLate = (recordId: string) => honest.some((code) => recordId.endsWith(`/${code}/late`));
      expect(more.filter((recordId) => !allowed.includes(recordId) && !isHonestAndLate(recordId))).toEqual(
        [],
      );
      for (const line of audit.about(id)) {
        expect(auditRecordSchema.safeParse(line).error?.message, line.record_id).toBeUndefined();
        if (line.event === 'quorum-decision') {
          const verdict = record.verdicts.find(({ attempt }) => attempt === line.attempt);
          expect(line).toMatchObject({ is_valid: verdict?.isValid });
        } else if (honest.includes(line.perspective) && line.event === 'perspective-check' && line.counted) {
          expect(line).toMatchObject({
            result: permitted ? 'caa-permission' : 'caa-prohibition',
            check_completed: true,
            unreadable: null,
            details: { records_seen: [`0 issue "${permitted ? CA : 'other.example'}"`] },
          });
        }
      }
    }

    function expectOneEvent({ requestId, verdicts }: RequestRecord): void {
      const about = bed.bench.events.filter((event: RequestCompletedEvent) => event.mpic_id === requestId);
      expect(about.length).toBeGreaterThan(0);
      for (const event of about) {
        expect(event).toEqual(about[0]);
        expect(event).toMatchObject({ is_valid: verdicts.at(-1)?.isValid, attempt_count: verdicts.length });
        expect(JSON.stringify(event).length).toBeLessThan(EVENT_ENTRY_BYTES);
      }
    }

    function expectNothingElseOnRecord(asked: readonly Asked[]): void {
      const ids = asked.map(({ id }) => id);
      const { audit, events } = bed.bench;
      const strange = audit.records.filter((line) => 'mpic_id' in line && !ids.includes(line.mpic_id));
      expect(strange).toEqual([]);
      expect(events.filter(({ mpic_id }) => !ids.includes(mpic_id))).toEqual([]);
    }
  });
}

type Codes = readonly PerspectiveCode[];

function patient({ checkTimeoutMs = 0, requestTimeoutMs = 0 }: Partial<ServiceConfig>) {
  return { checkTimeoutMs: PATIENCE * checkTimeoutMs, requestTimeoutMs: 4 * PATIENCE * requestTimeoutMs };
}

interface Asked {
  readonly id: string;
  readonly permitted: boolean;
  /** The first response with a verdict. */
  readonly first: Reply;
}

function rowsOf(attacks: readonly Attack[], together: number) {
  const starts = Array.from({ length: Math.ceil(attacks.length / together) }, (_, index) => index * together);
  return [1, 2].flatMap((attackers) =>
    starts.map((start) => {
      const row = attacks.slice(start, start + together);
      return { attackers, attacks: row, name: row.map(({ name }) => name).join('; ') };
    }),
  );
}
