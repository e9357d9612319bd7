import { describe, expect, it } from 'vitest';
import { auditRecordSchema } from '../../shared/contract/audit/audit-schema.ts';
import { requestCompletedSchema } from '../../shared/contract/messages/request-completed.ts';
import type { OpenBench } from '../support/bench.ts';
import { caaRequest } from '../support/harness.ts';
import { SIX, TWELVE, views } from '../support/perspectives.ts';
import { useHarness } from '../support/use-harness.ts';
import { CA, NAME, type View, zone } from '../support/views.ts';
import { cname, issue, type ZoneRecord } from '../support/zone-resolver.ts';

const VALUE = 'rv_7f3c90e1b2d4a6f8091b';
const APPLIED_FOR = `www.${NAME}`;
const DELEGATED = 't.d.cdn.test';
const ADN = 'cdn.test';
const STEPS = [
  { step: 'cname', from: APPLIED_FOR, to: DELEGATED },
  { step: 'prune', to: ADN },
];
const txt = (value: string): ZoneRecord => ({ type: 'TXT', value });

const viewOf = (target: string, facts: Parameters<typeof zone>[1] = {}): View =>
  zone({ [APPLIED_FOR]: [cname(target)], [ADN]: [txt(VALUE)], [NAME]: [issue(CA)] }, facts);
const honest = viewOf(DELEGATED);
/** Another delegation, as a hijacker or an old response shows it. */
const moved = viewOf('parked.example.test');

const dcvRequest = (changes: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: ADN,
  applied_for: APPLIED_FOR,
  adn_steps: STEPS,
  order_reference: 'order 4711/2',
  dcv_check_parameters: { validation_method: 'dns-change', dns_record_type: 'TXT', challenge_value: VALUE },
  ...changes,
});

/**
 * The order that a check is for: what was applied for, how its target was chosen, and the reference that connects its
 * checks.
 */
export function describeOrder(name: string, open: OpenBench): void {
  describe(`Order: ${name}`, () => {
    const bed = useHarness(open);

    it('every perspective looks up the alias that leads to the target, and the order is in every record', async () => {
      const harness = await bed.start({ views: views(SIX, honest) });
      const { status, mpic } = await harness.post(dcvRequest());
      expect(status).toBe(200);
      expect(mpic).toMatchObject({
        is_valid: true,
        domain_or_ip_target: ADN,
        applied_for: APPLIED_FOR,
        adn_steps: STEPS,
        order_reference: 'order 4711/2',
      });
      for (const { check_response } of mpic.perspectives) {
        expect(check_response).toMatchObject({
          adn_lookups: [
            { record_type: 'CNAME', name: APPLIED_FOR, expected: DELEGATED, records_seen: [`${DELEGATED}.`] },
          ],
        });
      }
      expect(mpic.advisories?.map(({ code }) => code)).not.toContain('adn-not-checked');
      await harness.advance(harness.attemptMs);
      const records = bed.bench.audit.about(mpic.mpic_id);
      expect(records).toHaveLength(SIX.length + 1);
      for (const record of records) {
        expect(auditRecordSchema.parse(record)).toMatchObject({
          order_reference: 'order 4711/2',
          applied_for: APPLIED_FOR,
          adn_steps: STEPS,
          adn_check: 'checked',
          rule: 'TLS BR 3.2.2.4.7',
        });
      }
      expect(bed.bench.events.map((event) => requestCompletedSchema.parse(event))).toMatchObject([
        { applied_for: APPLIED_FOR, order_reference: 'order 4711/2', certificate_type: 'tls-server' },
      ]);
    });

    it.each([
      { name: 'two of six', count: 2, valid: true, quorum: '4/6' },
      { name: 'three of six', count: 3, valid: false, quorum: '3/6' },
    ])(
      'perspectives that see another alias, $name, do not corroborate: valid is $valid',
      async ({ count, valid, quorum }) => {
        const harness = await bed.start({
          views: { ...views(SIX, honest), ...views(SIX.slice(0, count), moved) },
        });
        const { mpic } = await harness.post(dcvRequest());
        expect(mpic).toMatchObject({ is_valid: valid, baseline_requirements: { quorum } });
        const refuted = mpic.perspectives.filter(({ check_response }) => !check_response.check_passed);
        expect(refuted.map(({ perspective_code }) => perspective_code).sort()).toEqual(
          SIX.slice(0, count).toSorted(),
        );
        for (const { check_response } of refuted) {
          expect(check_response).toMatchObject({
            check_completed: true,
            errors: [{ error_type: 'mpic_error:dcv_checker:adn' }],
            adn_lookups: [{ records_seen: ['parked.example.test.'] }],
          });
        }
      },
    );

    it.each([
      { name: 'secure', dnssec: 'secure', valid: true },
      { name: 'proven insecure', dnssec: 'insecure', valid: true },
      { name: 'not validated', dnssec: 'not validated', valid: false },
    ] as const)(
      'the verdict with an alias that is $name at the primary perspective: valid is $valid',
      async ({ dnssec, valid }) => {
        const primary = 'eu-north-1';
        const facts = { [APPLIED_FOR]: { dnssec }, [ADN]: { dnssec: 'secure' as const } };
        const harness = await bed.start({
          config: {
            perspectives: TWELVE.filter(({ code }) => SIX.includes(code) || code === primary),
            primary: { kind: 'perspective', code: primary },
          },
          views: { ...views(SIX, honest), [primary]: viewOf(DELEGATED, facts) },
        });
        const { mpic } = await harness.post(dcvRequest());
        expect(mpic.is_valid).toBe(valid);
        const blamed = mpic.baseline_requirements.reasons.includes('primary-failed');
        expect(blamed).toBe(!valid);
        await harness.advance(harness.attemptMs);
        const quorum = bed.bench.audit.about(mpic.mpic_id).find(({ event }) => event === 'quorum-decision');
        expect(quorum).toMatchObject({ dnssec_statuses: { [primary]: dnssec } });
      },
    );

    it('answer and record without applied_for say that the choice of the name was not checked', async () => {
      const harness = await bed.start({ views: views(SIX, honest) });
      const { mpic } = await harness.post(
        dcvRequest({ applied_for: undefined, adn_steps: undefined, order_reference: undefined }),
      );
      expect(mpic.is_valid).toBe(true);
      expect(mpic).not.toHaveProperty('applied_for');
      expect(mpic.advisories?.map(({ code }) => code)).toContain('adn-not-checked');
      await harness.advance(harness.attemptMs);
      const quorum = bed.bench.audit.about(mpic.mpic_id).find(({ event }) => event === 'quorum-decision');
      expect(quorum).toMatchObject({
        applied_for: null,
        adn_steps: null,
        adn_check: 'not-told',
        order_reference: null,
      });
    });

    it('a CAA check and a validation of the same order share its reference in the records', async () => {
      const harness = await bed.start({ views: views(SIX, honest) });
      await harness.post(dcvRequest());
      await harness.post(caaRequest({ applied_for: NAME, order_reference: 'order 4711/2' }));
      await harness.advance(harness.attemptMs);
      const ofOrder = bed.bench.audit.records.filter(
        (record) => record.event === 'quorum-decision' && record.order_reference === 'order 4711/2',
      );
      expect(ofOrder).toMatchObject([
        { check_type: 'dcv', applied_for: APPLIED_FOR, checked_identifier: ADN },
        { check_type: 'caa', applied_for: NAME, checked_identifier: NAME, adn_check: 'not-applicable' },
      ]);
    });

    it('a validation for an S/MIME certificate is recorded under the S/MIME rule and the TLS method', async () => {
      const harness = await bed.start({ views: views(SIX, honest) });
      const { mpic } = await harness.post(dcvRequest({ certificate_type: 's-mime' }));
      expect(mpic).toMatchObject({ is_valid: true, certificate_type: 's-mime' });
      await harness.advance(harness.attemptMs);
      for (const record of bed.bench.audit.about(mpic.mpic_id)) {
        expect(auditRecordSchema.parse(record)).toMatchObject({
          certificate_type: 's-mime',
          rule: 'S/MIME BR 3.2.2.1 + TLS BR 3.2.2.4.7',
        });
      }
    });

    it('a forbidden step gets a 400 that names it, before any job is sent', async () => {
      const harness = await bed.start({ views: views(SIX, honest) });
      const { status, failure } = await harness.send(
        dcvRequest({
          adn_steps: [
            { step: 'prune', to: NAME },
            { step: 'cname', to: ADN },
          ],
        }),
      );
      expect(status).toBe(400);
      expect(failure.validation_issues).toMatchObject([
        {
          issue_type: 'invalid-adn-steps',
          message: expect.stringMatching(/^adn_steps\[1\]: CNAME steps come before/),
        },
      ]);
      expect(bed.bench.audit.records.map(({ event }) => event)).toEqual(['service-started']);
    });
  });
}
