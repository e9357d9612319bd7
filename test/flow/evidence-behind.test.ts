import { afterEach, describe, expect, it } from 'vitest';
import { openEmbeddedBench } from '../support/bench.ts';
import { caaRequest, type Harness } from '../support/harness.ts';
import { useHarness } from '../support/use-harness.ts';

const TEN_MINUTES_MS = 600_000;

/** Minutes pass, so in virtual time only. */
describe('Verdicts whose evidence cannot be written', () => {
  const bed = useHarness(openEmbeddedBench);
  const state = { isDown: false };
  // A stopping service writes an audit record, too.
  afterEach(() => {
    state.isDown = false;
  });

  /** A service whose audit trail or event bus fails until the test repairs it. */
  async function failing(port: 'audit' | 'bus', publication = {}) {
    const harness = await bed.start({
      config: { publication: { maxUnpublished: 1000, maxUnpublishedMs: TEN_MINUTES_MS, ...publication } },
      around: (call, effect) => {
        if (state.isDown && call.port === port) throw new Error('the sink is down');
        return effect();
      },
    });
    state.isDown = true;
    return harness;
  }

  const post = async (harness: Harness) => {
    const { status, problem } = await harness.post(caaRequest());
    return [status, problem.error];
  };
  const readiness = async (harness: Harness) => {
    const { status, body } = await harness.get('/readyz');
    return [status, body];
  };
  const READY = [200, { status: 'ready' }];
  const NOT_READY = [
    503,
    { status: 'not-ready', obstacles: [expect.objectContaining({ error: 'evidence-behind' })] },
  ];

  it.each(['audit', 'bus'] as const)(
    'are answered for ten minutes, then rejected, when %s fails; readiness fails and one line is logged',
    async (port) => {
      const harness = await failing(port);
      expect((await harness.post(caaRequest())).mpic.is_valid).toBe(true);
      await harness.advance(TEN_MINUTES_MS - 10_000);
      expect((await harness.post(caaRequest())).mpic.is_valid).toBe(true);
      expect(await readiness(harness)).toEqual(READY);
      await harness.advance(20_000);
      expect(await post(harness)).toEqual([503, 'evidence-behind']);
      expect(await post(harness)).toEqual([503, 'evidence-behind']);
      expect(await readiness(harness)).toEqual(NOT_READY);
      expect((await harness.get('/healthz')).status).toBe(200);
      const lines = harness.log.entries.filter(({ event }) => event === 'requests_refused');
      expect(lines).toMatchObject([{ level: 'error', fields: { obstacle: 'evidence-behind' } }]);
    },
  );

  it('are answered until the maximum number wait', async () => {
    const harness = await failing('audit', { maxUnpublished: 3 });
    for (let count = 0; count < 3; count++)
      expect((await harness.post(caaRequest())).mpic.is_valid).toBe(true);
    expect(await post(harness)).toEqual([503, 'evidence-behind']);
  });

  it('can still be read', async () => {
    const harness = await failing('audit', { maxUnpublished: 1 });
    const { mpic } = await harness.post(caaRequest());
    expect(await readiness(harness)).toEqual(NOT_READY);
    const { job } = await harness.get(`/mpic/${mpic.mpic_id}`);
    expect(job.response).toMatchObject({ is_valid: true });
  });

  it('get their evidence once it can be written, and the service accepts requests again', async () => {
    const harness = await failing('audit', { maxUnpublished: 3 });
    const ids: string[] = [];
    for (let count = 0; count < 3; count++) ids.push((await harness.post(caaRequest())).mpic.mpic_id);
    await harness.advance(30 * 60_000);
    expect(await post(harness)).toEqual([503, 'evidence-behind']);
    state.isDown = false;
    await harness.advance(2 * 60_000);
    for (const id of ids) expect(bed.bench.audit.idsOf(id, 'quorum-decision')).toEqual([`${id}/1/quorum`]);
    expect(bed.bench.events.map((event) => event.mpic_id).sort()).toEqual(ids.sort());
    expect(await readiness(harness)).toEqual(READY);
    expect(await post(harness)).toEqual([200, undefined]);
    const lines = harness.log.entries.filter(({ event }) => event === 'requests_taken_again');
    expect(lines).toHaveLength(1);
  });
});
