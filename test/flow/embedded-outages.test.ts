import { describe, expect, it } from 'vitest';
import { openEmbeddedBench } from '../support/bench.ts';
import { type Around, interceptLevel } from '../support/faults.ts';
import { ASYNC, caaRequest, type Harness, type HarnessOptions } from '../support/harness.ts';
import { expectEndedOnce } from '../support/invariants.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { late, permits } from '../support/views.ts';

const MINUTE_MS = 60_000;
/** Just over the longest pause before a message is redelivered or the database is reopened. */
const NEXT_TRY_MS = 31_000;

/** Lets the test break and repair a disk or an audit trail. */
interface Switch {
  broken: boolean;
}

function brokenAudit(state: Switch): Around {
  return async (call, effect) => {
    if (state.broken && call.port === 'audit') throw new Error('no space left on device');
    return effect();
  };
}

function brokenDisk(state: Switch): NonNullable<HarnessOptions['wrapLevel']> {
  return (level) =>
    interceptLevel(level, async (_call, effect) => {
      if (state.broken) throw new Error('no space left on device');
      return effect();
    });
}

describe('Outages of the embedded backend', () => {
  const bed = useHarness(openEmbeddedBench);
  const readiness = async (harness: Harness) => (await harness.get('/readyz')).status;

  async function expectAllEnded(harness: Harness, ids: readonly string[], isValid?: boolean): Promise<void> {
    for (const id of ids) {
      const record = await harness.record(id);
      await expectEndedOnce(bed.bench, harness.backend.results, record);
      if (isValid !== undefined) expect(record.verdicts.at(-1)?.isValid).toBe(isValid);
    }
    expect([harness.backend.countOpen(), harness.backend.unpublished()?.count]).toEqual([0, 0]);
  }

  describe('An audit trail that cannot be written', () => {
    it.each([
      { name: '30 seconds', ms: 30_000, options: {} },
      { name: '30 seconds, asynchronous', ms: 30_000, options: ASYNC },
      { name: '30 minutes', ms: 30 * MINUTE_MS, options: {} },
      { name: '30 minutes, asynchronous', ms: 30 * MINUTE_MS, options: ASYNC },
    ])('for $name: each verdict gets its records afterwards, without a restart', async ({ ms, options }) => {
      const audit = { broken: false };
      const harness = await bed.start({ around: brokenAudit(audit) });
      audit.broken = true;
      const ids: string[] = [];
      for (let index = 0; index < 20; index++) {
        const reply = await harness.post(caaRequest(), options);
        ids.push(reply.mpic.mpic_id);
      }
      await harness.advance(ms);
      expect(harness.backend.unpublished()?.count).toBe(20);
      expect(bed.bench.events).toEqual([]);
      audit.broken = false;
      await harness.advance(NEXT_TRY_MS);
      await expectAllEnded(harness, ids, true);
      expect(bed.bench.events).toHaveLength(20);
    });

    it('does not use up places of running requests', async () => {
      const audit = { broken: false };
      const harness = await bed.start({ around: brokenAudit(audit), config: { maxRunning: 5 } });
      audit.broken = true;
      for (let index = 0; index < 20; index++) {
        const reply = await harness.post(caaRequest());
        expect(reply.status).toBe(200);
      }
      expect(harness.backend.countOpen()).toBe(0);
      expect(harness.backend.unpublished()).toMatchObject({ count: 20 });
      audit.broken = false;
    });

    it('reports since when the oldest verdict waits, and null once all are published', async () => {
      const audit = { broken: false };
      const harness = await bed.start({ around: brokenAudit(audit) });
      expect(harness.backend.unpublished()).toEqual({ count: 0, oldestAt: null });
      audit.broken = true;
      const first = await harness.post(caaRequest());
      const { completedAt } = await harness.record(first.mpic.mpic_id);
      await harness.advance(MINUTE_MS);
      await harness.post(caaRequest());
      expect(harness.backend.unpublished()).toEqual({ count: 2, oldestAt: completedAt });
      audit.broken = false;
      await harness.advance(NEXT_TRY_MS);
      expect(harness.backend.unpublished()).toEqual({ count: 0, oldestAt: null });
    });

    it('does not prevent the service from stopping; the next start publishes', async () => {
      const audit = { broken: false };
      const harness = await bed.start({ around: brokenAudit(audit) });
      audit.broken = true;
      const { mpic } = await harness.post(caaRequest());
      await harness.stop();
      expect(harness.log.entries).toContainEqual(
        expect.objectContaining({
          level: 'error',
          event: 'stopped_unfinished',
          fields: expect.objectContaining({ unpublished: 1 }),
        }),
      );
      expect(harness.log.entries.map(({ event }) => event)).toContain('service_stopped');
      const next = await bed.start();
      await next.advance(1000);
      await expectAllEnded(next, [mpic.mpic_id], true);
    });
  });

  describe('A database that rejects writes', () => {
    it.each([
      { name: '100 ms', ms: 100 },
      { name: '8 seconds', ms: 8000 },
      { name: '30 minutes', ms: 30 * MINUTE_MS },
    ])('for $name around a deadline does not prevent the end of the request', async ({ ms }) => {
      const disk = { broken: false };
      const harness = await bed.start({ wrapLevel: brokenDisk(disk), silent: SIX.slice(0, 3) });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      await harness.advance(harness.config.checkTimeoutMs + 2000 - 50);
      disk.broken = true;
      await harness.advance(ms);
      disk.broken = false;
      await harness.advance(2 * NEXT_TRY_MS);
      await expectAllEnded(harness, [accepted.mpic_id], false);
    });

    it('makes the service answer 503 to requests and reads, report not ready, and serve again afterwards', async () => {
      const disk = { broken: false };
      const harness = await bed.start({ wrapLevel: brokenDisk(disk) });
      const { mpic } = await harness.post(caaRequest());
      expect(await readiness(harness)).toBe(200);
      disk.broken = true;
      const first = await harness.post(caaRequest());
      expect([first.status, first.problem.error]).toEqual([503, 'service-unavailable']);
      const second = await harness.post(caaRequest());
      expect([second.status, second.problem.error]).toEqual([503, 'store-failed']);
      expect((await harness.get(`/mpic/${mpic.mpic_id}`)).status).toBe(503);
      expect(await readiness(harness)).toBe(503);
      await harness.advance(MINUTE_MS);
      expect(await readiness(harness)).toBe(503);
      disk.broken = false;
      await harness.advance(NEXT_TRY_MS);
      expect(await readiness(harness)).toBe(200);
      expect((await harness.get(`/mpic/${mpic.mpic_id}`)).job.response).toEqual(mpic);
      expect((await harness.post(caaRequest())).status).toBe(200);
    });

    it('does not lose results that arrive meanwhile: all perspectives count', async () => {
      const disk = { broken: false };
      const harness = await bed.start({ wrapLevel: brokenDisk(disk), views: views(SIX, late(500, permits)) });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      disk.broken = true;
      await harness.advance(5000);
      disk.broken = false;
      await harness.advance(harness.attemptMs + NEXT_TRY_MS);
      await expectAllEnded(harness, [accepted.mpic_id], true);
      expect((await harness.record(accepted.mpic_id)).verdicts[0]?.counted).toHaveLength(6);
    });

    it('does not prevent the service from stopping, which logs what is left; the next start resumes it', async () => {
      const disk = { broken: false };
      const harness = await bed.start({ wrapLevel: brokenDisk(disk), silent: SIX.slice(0, 3) });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      disk.broken = true;
      expect((await harness.post(caaRequest())).status).toBe(503);
      await harness.stop();
      expect(harness.log.entries).toContainEqual(
        expect.objectContaining({
          event: 'stopped_unfinished',
          fields: expect.objectContaining({ running: 1, obstacles: ['store-failed'] }),
        }),
      );
      disk.broken = false;
      const next = await bed.start({ silent: SIX.slice(0, 3) });
      await next.advance(next.attemptMs);
      await expectAllEnded(next, [accepted.mpic_id], false);
    });

    it('makes both of two requests with one key fail with 503, when the first write fails', async () => {
      const disk = { broken: false };
      const harness = await bed.start({ wrapLevel: brokenDisk(disk) });
      disk.broken = true;
      const key = { ...ASYNC, headers: { 'idempotency-key': 'k' } };
      const replies = await harness.until(
        Promise.all([harness.send(caaRequest(), key), harness.send(caaRequest(), key)]),
      );
      expect(replies.map(({ status }) => status)).toEqual([503, 503]);
      disk.broken = false;
      await harness.advance(MINUTE_MS);
      const again = await harness.post(caaRequest(), key);
      expect(again.status).toBe(202);
      await harness.advance(harness.attemptMs);
      await expectAllEnded(harness, [again.accepted.mpic_id], true);
    });
  });
});
