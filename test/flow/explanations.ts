import { describe, expect, it } from 'vitest';
import { hashKey } from '../../shared/contract/settings/api-keys.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { forbids, NAME } from '../support/views.ts';
// The interface loads the rules when they are asked for; virtual time does not wait for a file to be read.
import '../../shared/domain/explain/explain-request.ts';

/** `GET /mpic/<id>?explain=true`. */
export function describeExplanations(name: string, open: OpenBench): void {
  describe(`Explanations: ${name}`, () => {
    const bed = useHarness(open);

    it('a completed request says what went wrong, with the evidence of each perspective', async () => {
      const harness = await bed.start({ views: views(SIX, forbids) });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      const { job } = await harness.get(`/mpic/${accepted.mpic_id}?explain=true&wait=25`);
      expect(job.status).toBe('completed');
      expect(job.explanation?.note).toBeNull();
      expect(job.explanation?.causes[0]).toMatchObject({
        cause: 'caa-forbids-issuer',
        sure: 'certain',
        extent: 'all',
        text: `CAA at "${NAME}" does not permit this CA ("ca.example"): "0 issue \\"other.example\\"".`,
      });
      const codes = job.explanation?.causes[0]?.evidence.map(({ perspective_code: code }) => code) ?? [];
      expect([...codes].sort()).toEqual([...SIX].sort());
    });

    it('a valid request explains the minority that did not answer', async () => {
      const [silent = ''] = SIX;
      const harness = await bed.start({ silent: [silent] });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      const { job } = await harness.get(`/mpic/${accepted.mpic_id}?explain=true&wait=25`);
      expect(job.response?.is_valid).toBe(true);
      expect(job.explanation?.causes).toMatchObject([
        { cause: 'perspective-no-answer', extent: 'minority', perspectives: [silent] },
      ]);
    });

    it('a running request explains what is in, and says that more may come', async () => {
      const harness = await bed.start({ silent: SIX });
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      const { job } = await harness.get(`/mpic/${accepted.mpic_id}?explain=true`);
      expect(job.status).toBe('running');
      expect(job.explanation).toEqual({
        note: 'The request is running: 0 of 6 perspectives have answered in attempt 1, and only these are explained.',
        causes: [],
      });
    });

    it.each(['', '?explain=false', '?explain=0', '?explain=perhaps', '?explain=true%00'])(
      'GET /mpic/<id>%s has no explanation',
      async (query) => {
        const harness = await bed.start();
        const { accepted } = await harness.post(caaRequest(), ASYNC);
        const { status, job } = await harness.get(`/mpic/${accepted.mpic_id}${query}`);
        expect([status, job.explanation]).toEqual([200, undefined]);
      },
    );

    it('the explanation of a request of another caller does not exist', async () => {
      const apiKeys = ['one', 'two'].map((caller) => ({
        name: caller,
        sha256: hashKey(`key-of-caller-${caller}`),
      }));
      const harness = await bed.start({ config: { apiKeys } });
      const own = { headers: { 'x-api-key': 'key-of-caller-one' } };
      const { accepted } = await harness.post(caaRequest(), { ...ASYNC, ...own });
      const path = `/mpic/${accepted.mpic_id}?explain=true&wait=25`;
      expect((await harness.get(path, { 'x-api-key': 'key-of-caller-two' })).status).toBe(404);
      expect((await harness.get(path)).status).toBe(401);
      expect((await harness.get(path, own.headers)).job.explanation?.causes).toEqual([]);
    });
  });
}
