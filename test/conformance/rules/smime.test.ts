import { describe, expect, it } from 'vitest';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { listAdvisories } from '../../../shared/contract/api/advisories.ts';
import { auditAttempt } from '../../../shared/contract/audit/audit-record.ts';
import { caaUsableUntil } from '../../../shared/domain/mpic/usable-until.ts';
import { acceptBody, refusalOf } from '../../support/accepting.ts';
import { buildVerdict } from '../../support/builders.ts';
import { createZoneResolver, fails, issue, issuemail, type ZoneRecord } from '../../support/zone-resolver.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';

const RECORDER = { service: 'mpic', version: '0', instance: 'here' };

const caaBody = (parameters: Record<string, unknown> = {}) => ({
  check_type: 'caa',
  domain_or_ip_target: 'mail.example.com',
  caa_check_parameters: { certificate_type: 's-mime', caa_domains: ['ca.example'], ...parameters },
});
const dcvBody = (changes: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: 'mail.example.com',
  certificate_type: 's-mime',
  dcv_check_parameters: { validation_method: 'acme-dns-01', ...SMALLEST['acme-dns-01'] },
  ...changes,
});

async function caaOutcome(records: readonly ZoneRecord[], parameters: Record<string, unknown> = {}) {
  const { check, policy } = acceptBody(caaBody(parameters));
  if (check.checkType !== 'caa') throw new Error('not a CAA check');
  return checkCaa({
    target: check.target,
    parameters: check.caa,
    policy,
    resolver: createZoneResolver({ 'example.com': records }),
    deadline: 10_000,
  });
}

describe('CAA for mailbox certificates (S/MIME BR 4.2.2.1 [smime-caa])', () => {
  it.each<{ name: string; records: readonly ZoneRecord[]; passed: boolean; reason: string }>([
    {
      name: 'SI-01 issuemail that names the CA permits',
      records: [issuemail('ca.example')],
      passed: true,
      reason: 'authorised',
    },
    {
      name: 'SI-01 issuemail that names another CA forbids',
      records: [issuemail('other.example'), issue('ca.example')],
      passed: false,
      reason: 'issuer-not-authorised',
    },
    {
      name: 'SI-01 issue does not restrict mailbox certificates',
      records: [issue('other.example')],
      passed: true,
      reason: 'not-restricted',
    },
    {
      name: 'SI-01 parameters of issuemail restrict nothing',
      records: [issuemail('ca.example; accounturi=https://ca.example/acct/9')],
      passed: true,
      reason: 'authorised',
    },
    {
      name: 'SI-01 a malformed issuemail forbids',
      records: [issuemail('ca.example;;')],
      passed: false,
      reason: 'issuer-not-authorised',
    },
  ])('$name', async ({ records, passed, reason }) => {
    expect(await caaOutcome(records)).toMatchObject({ passed, details: { reason } });
  });

  it('SI-01 a failed lookup is permission only with the three proofs, as for TLS', async () => {
    const outcome = await caaOutcome([fails('servfail')], { allow_lookup_failure: true });
    expect(outcome).toMatchObject({ completed: false, passed: false, details: { reason: 'lookup-failed' } });
  });

  it('SI-01 a check may be used for its TTL or 8 hours, whichever is longer', () => {
    expect([caaUsableUntil(0, 300), caaUsableUntil(0, 86_400)]).toEqual([8 * 3_600_000, 86_400_000]);
  });

  it('SI-01 a CAA check of an address is rejected', () => {
    expect(refusalOf({ ...caaBody(), domain_or_ip_target: '11.0.0.1' })).toMatch(/^ip-address-not-allowed: /);
  });
});

describe('rules in the records of S/MIME checks', () => {
  const ruleOf = (body: unknown) => {
    const verdict = buildVerdict({ counted: [], corroborating: [] });
    const rules = auditAttempt(acceptBody(body), verdict, RECORDER).map((record) =>
      'rule' in record ? `${record.rule} (${record.certificate_type})` : '',
    );
    return [...new Set(rules)];
  };

  it.each<{ name: string; body: unknown; rule: string }>([
    { name: 'SI-05 CAA', body: caaBody(), rule: 'S/MIME BR 4.2.2.1 (s-mime)' },
    {
      name: 'SI-05 CAA for TLS',
      body: caaBody({ certificate_type: 'tls-server' }),
      rule: 'TLS BR 4.2.2.1 (tls-server)',
    },
    {
      name: 'SI-05 the DCV of a domain, with the TLS method',
      body: dcvBody(),
      rule: 'S/MIME BR 3.2.2.1 + TLS BR 3.2.2.4.7 (s-mime)',
    },
    {
      name: 'SI-05 the DCV of a domain for TLS',
      body: dcvBody({ certificate_type: undefined }),
      rule: 'TLS BR 3.2.2.4.7 (tls-server)',
    },
  ])('$name', ({ body, rule }) => {
    expect(ruleOf(body)).toEqual([rule]);
  });

  it('SI-05 the versions of both documents are recorded with the rule', () => {
    const verdict = buildVerdict({ counted: [], corroborating: [] });
    const [record] = auditAttempt(acceptBody(caaBody()), verdict, RECORDER);
    expect(record).toMatchObject({ rulebook: { tls_br: expect.any(String), smime_br: expect.any(String) } });
  });

  it.each([
    { name: 'SI-03 S/MIME', certificateType: 's-mime', rule: 'S/MIME BR 4.2.2.2 with TLS BR 3.2.2.9' },
    { name: 'SI-03 TLS', certificateType: 'tls-server', rule: 'TLS BR 3.2.2.9' },
  ])('$name: advisories name the rule of corroboration', ({ certificateType, rule }) => {
    const record = acceptBody(caaBody({ certificate_type: certificateType }), { sharedHost: true });
    const messages = listAdvisories(record, []).map(({ message }) => message);
    expect(messages).toContain(
      `every perspective looked from one machine: good for tests, not corroboration in the sense of ${rule}`,
    );
  });

  it('SI-03 the steps to the target follow the TLS BR', () => {
    const steps = [{ step: 'cname', to: 'other.example.net' }];
    const body = dcvBody({
      domain_or_ip_target: 'other.example.net',
      applied_for: 'mail.example.com',
      adn_steps: steps,
    });
    expect(acceptBody(body).order).toMatchObject({
      certificateType: 's-mime',
      appliedFor: 'mail.example.com',
    });
    const persistent = { validation_method: 'dns-persistent', ...SMALLEST['dns-persistent'] };
    expect(refusalOf({ ...body, dcv_check_parameters: persistent })).toMatch(/^invalid-adn-steps: /);
  });
});
