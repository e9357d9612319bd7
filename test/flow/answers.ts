import { describe, expect, it } from 'vitest';
import { requestCompletedSchema } from '../../shared/contract/messages/request-completed.ts';
import type { OpenBench } from '../support/bench.ts';
import { ASYNC, caaRequest } from '../support/harness.ts';
import { SIX, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { failing, forbids, NAME, zone } from '../support/views.ts';
import { SMALLEST } from '../unit/api/dcv-requests.ts';

const DNS_01 = SMALLEST['acme-dns-01'];

/** Responses to requests when nothing fails. */
export function describeAnswers(name: string, open: OpenBench): void {
  describe(`Answers: ${name}`, () => {
    const bed = useHarness(open);

    it('a synchronous request is answered with the Open MPIC response', async () => {
      const harness = await bed.start();
      const reply = await harness.post(caaRequest({ trace_identifier: 't-17' }));
      expect(reply.status).toBe(200);
      expect(reply.headers.get('content-type')).toBe('application/json');
      expect(reply.headers.get('mpic-id')).toBe(reply.mpic.mpic_id);
      expect(reply.mpic).toMatchObject({
        mpic_completed: true,
        request_orchestration_parameters: null,
        actual_orchestration_parameters: { perspective_count: 6, quorum_count: 4, attempt_count: 1 },
        check_type: 'caa',
        domain_or_ip_target: NAME,
        is_valid: true,
        trace_identifier: 't-17',
        previous_attempt_results: null,
        baseline_requirements: {
          satisfied: false,
          quorum: '6/6',
          required: 4,
          rules_as_of: '2026-11-21',
          primary: { status: 'not-declared' },
          reasons: ['shared-host'],
        },
        advisories: [{ code: 'shared-host' }, { code: 'primary-not-declared' }],
      });
      expect(reply.mpic.perspectives).toHaveLength(6);
      expect(reply.mpic.perspectives[0]?.check_response.details).toMatchObject({
        caa_record_present: true,
        found_at: NAME,
        records_seen: ['0 issue "ca.example"'],
      });
    });

    it('an asynchronous request is answered at once, and its result can be read later', async () => {
      const harness = await bed.start();
      const accepted = await harness.post(caaRequest(), ASYNC);
      expect(accepted.status).toBe(202);
      expect(Object.keys(accepted.accepted)).toEqual([
        'mpic_id',
        'checked_identifier',
        'status',
        'created_at',
        'deadline',
      ]);
      expect(accepted.headers.get('location')).toBe(`/mpic/${accepted.accepted.mpic_id}`);
      const job = await harness.get(`/mpic/${accepted.accepted.mpic_id}?wait=25`);
      expect(job.job).toMatchObject({
        mpic_id: accepted.accepted.mpic_id,
        status: 'completed',
        attempt: 1,
        progress: { expected: 6, received: 6 },
        late_results: [],
      });
      expect(job.job.response?.is_valid).toBe(true);
      expect(job.headers.has('retry-after')).toBe(false);
    });

    it('Prefer: respond-async has the same effect as async=true', async () => {
      const harness = await bed.start();
      const reply = await harness.post(caaRequest(), { headers: { prefer: 'wait=5, respond-async' } });
      expect(reply.status).toBe(202);
      await harness.get(`/mpic/${reply.accepted.mpic_id}?wait=25`);
    });

    it('synchronous and asynchronous requests give the same response', async () => {
      const harness = await bed.start();
      const sync = await harness.post(caaRequest());
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      const job = await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      const bare = (response: unknown) =>
        JSON.stringify(response).replace(
          /"(mpic_id|timestamp_ns|checked_at|created_at|completed_at)":[^,}]+/g,
          '"$1":null',
        );
      expect(bare(job.job.response)).toBe(bare(sync.mpic));
    });

    it('a response can be read again under its id', async () => {
      const harness = await bed.start();
      const { mpic } = await harness.post(caaRequest());
      const job = await harness.get(`/mpic/${mpic.mpic_id}`);
      expect(job.job.response).toEqual(mpic);
    });

    it.each(['//mpic', '/mpic/', '//mpic//'])('POST %s is POST /mpic', async (path) => {
      const harness = await bed.start();
      const reply = await harness.until(
        Promise.resolve(
          harness.service.api.request(`http://127.0.0.1${path}`, {
            method: 'POST',
            body: JSON.stringify(caaRequest()),
            headers: { 'content-type': 'application/json' },
          }),
        ),
      );
      expect(reply.status).toBe(200);
    });

    it('explicit nulls are treated like missing members', async () => {
      const harness = await bed.start();
      const reply = await harness.post(
        caaRequest({
          trace_identifier: null,
          orchestration_parameters: {
            perspective_count: null,
            quorum_count: null,
            max_attempts: null,
            cohort_for_single_attempt: null,
          },
        }),
      );
      expect(reply.status).toBe(200);
      expect(reply.mpic.request_orchestration_parameters).toEqual({
        perspective_count: null,
        quorum_count: null,
        max_attempts: null,
        cohort_for_single_attempt: null,
      });
    });

    it('null CAA parameters select the defaults of the service', async () => {
      const harness = await bed.start({ config: { caaDomains: ['ca.example'] } });
      const reply = await harness.post(caaRequest({ caa_check_parameters: null }));
      expect(reply.mpic).toMatchObject({ is_valid: true, caa_check_parameters: null });
    });

    it.each([
      {
        name: 'CAA that names another CA is a completed check that does not pass',
        view: forbids,
        done: true,
      },
      { name: 'a failed CAA lookup is not permission', view: failing, done: false },
    ])('$name', async ({ view, done }) => {
      const harness = await bed.start({ views: views(SIX, view) });
      const { mpic } = await harness.post(caaRequest());
      expect(mpic.is_valid).toBe(false);
      expect(mpic.mpic_completed).toBe(done);
      expect(mpic.baseline_requirements.quorum).toBe('0/6');
      expect(new Set(mpic.perspectives.map((item) => item.check_response.check_completed))).toEqual(
        new Set([done]),
      );
    });

    it('a DCV request by acme-dns-01 is valid with the expected TXT record', async () => {
      const view = zone({
        [`_acme-challenge.${NAME}`]: [{ type: 'TXT', value: String(DNS_01.key_authorization_hash) }],
      });
      const harness = await bed.start({ views: views(SIX, view) });
      const reply = await harness.post({
        check_type: 'dcv',
        domain_or_ip_target: NAME,
        dcv_check_parameters: { validation_method: 'acme-dns-01', ...DNS_01 },
      });
      expect(reply.mpic).toMatchObject({
        is_valid: true,
        check_type: 'dcv',
        dcv_check_parameters: { validation_method: 'acme-dns-01', dns_name_prefix: '_acme-challenge' },
      });
      expect(reply.mpic).not.toHaveProperty('caa_check_parameters');
    });

    it('each request sends one valid event, synchronous or asynchronous', async () => {
      const harness = await bed.start();
      const { mpic } = await harness.post(caaRequest());
      const { accepted } = await harness.post(caaRequest(), ASYNC);
      await harness.get(`/mpic/${accepted.mpic_id}?wait=25`);
      await harness.advance(harness.attemptMs);
      expect(bed.bench.events.map((event) => event.mpic_id).sort()).toEqual(
        [mpic.mpic_id, accepted.mpic_id].sort(),
      );
      for (const event of bed.bench.events) {
        expect(requestCompletedSchema.parse(event)).toEqual(event);
        expect(event).toMatchObject({ event_id: `${event.mpic_id}/completed`, is_valid: true });
      }
    });
  });
}
