import { describe, expect, it } from 'vitest';
import { auditRecordSchema } from '../../shared/contract/audit/audit-schema.ts';
import { requestCompletedSchema } from '../../shared/contract/messages/request-completed.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { SIX, TWELVE, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { crashing, failing, forbids, late, permits } from '../support/views.ts';
import { SMALLEST } from '../unit/api/dcv-requests.ts';

const PRIMARY = 'eu-north-1';
const [SLOW = '', BROKEN = '', FAILING = ''] = SIX;

/** The evidence that an auditor finds afterwards: TLS BR 5.4.1 [records]. */
export function describeEvidence(name: string, open: OpenBench): void {
  describe(`Evidence: ${name}`, () => {
    const bed = useHarness(open);

    it('every audit record of every kind of request is complete, and every event matches its schema', async () => {
      const harness = await bed.start({
        config: {
          policy: 'open-mpic',
          perspectives: TWELVE.filter(({ code }) => SIX.includes(code) || code === PRIMARY),
          primary: { kind: 'perspective', code: PRIMARY },
        },
        silent: [SIX[5] ?? ''],
        views: { [SLOW]: late(1000, permits), [BROKEN]: crashing, [FAILING]: failing },
      });
      const requests = [
        caaRequest({ trace_identifier: 't-1', orchestration_parameters: { max_attempts: 2 } }),
        caaRequest({ domain_or_ip_target: '*.shop.example.test' }),
        caaRequest({ orchestration_parameters: { quorum_count: 0 } }),
        {
          check_type: 'dcv',
          domain_or_ip_target: 'shop.example.test',
          dcv_check_parameters: { validation_method: 'acme-dns-01', ...SMALLEST['acme-dns-01'] },
        },
      ];
      for (const request of requests) {
        const { accepted } = await harness.post(request, ASYNC);
        await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
        await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      }
      await harness.advance(2 * harness.attemptMs);
      const { records, contradictions } = bed.bench.audit;
      expect(contradictions).toEqual([]);
      expect(new Set(records.map(({ event }) => event))).toEqual(
        new Set(['service-started', 'perspective-check', 'quorum-decision', 'late-result']),
      );
      for (const record of records) expect(auditRecordSchema.parse(record)).toEqual(record);
      expect(bed.bench.events).toHaveLength(requests.length);
      for (const event of bed.bench.events) expect(requestCompletedSchema.parse(event)).toEqual(event);
    });

    it('there is one record per perspective and attempt, and one per attempt', async () => {
      const harness = await bed.start({ views: views(SIX, forbids), silent: [SLOW] });
      const { mpic } = await harness.post(caaRequest({ orchestration_parameters: { max_attempts: 2 } }));
      await harness.advance(2 * harness.attemptMs);
      const id = mpic.mpic_id;
      expect(bed.bench.audit.idsOf(id, 'perspective-check')).toEqual(
        [1, 2].flatMap((attempt) => SIX.map((code) => `${id}/${attempt}/${code}`)).sort(),
      );
      expect(bed.bench.audit.idsOf(id, 'quorum-decision')).toEqual([`${id}/1/quorum`, `${id}/2/quorum`]);
    });

    it('the quorum is reported as n/N, and N includes perspectives that did not respond', async () => {
      const harness = await bed.start({ silent: [SLOW], views: { [BROKEN]: forbids } });
      const { mpic } = await harness.post(caaRequest());
      await harness.advance(harness.attemptMs);
      const quorum = bed.bench.audit.about(mpic.mpic_id).find(({ event }) => event === 'quorum-decision');
      expect(quorum).toMatchObject({ quorum: '4/6', is_valid: true, required: 4, quorum_count: 4 });
    });

    it('the record of the perspective contains the reason why CAA prohibited issuance', async () => {
      const harness = await bed.start({ views: views(SIX, forbids) });
      const { mpic } = await harness.post(caaRequest());
      await harness.advance(harness.attemptMs);
      const checks = bed.bench.audit.about(mpic.mpic_id).filter(({ event }) => event === 'perspective-check');
      for (const check of checks) {
        expect(check).toMatchObject({
          result: 'caa-prohibition',
          check_completed: true,
          details: { reason: 'issuer-not-authorised', records_seen: ['0 issue "other.example"'] },
        });
      }
    });

    it('start and stop of the service are recorded', async () => {
      const harness = await bed.start();
      await harness.post(caaRequest());
      await bed.start();
      const events = bed.bench.audit.records.map(({ event }) => event);
      expect(events.filter((event) => event.startsWith('service'))).toEqual([
        'service-started',
        'service-stopped',
        'service-started',
      ]);
    });
  });
}
