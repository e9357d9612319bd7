import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../services/hosts/load-config.ts';
import { checkCaa } from '../../../services/perspective/check-caa.ts';
import { checkDcv } from '../../../services/perspective/check-dcv.ts';
import { type Check, type DnssecStatus, methodOf, POLICIES } from '../../../shared/domain/check/check.ts';
import { judgeAttempt } from '../../../shared/domain/mpic/judge-attempt.ts';
import { acceptBody, TODAY } from '../../support/accepting.ts';
import {
  buildCaaDetails,
  buildCheckResult,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildRequestRecord,
  readable,
  SIX_CODES,
} from '../../support/builders.ts';
import { CAA_DEFAULTS } from '../../support/caa-cases.ts';
import { createFakeResolver } from '../../support/fake-resolver.ts';
import { dnsOnly } from '../../support/network-view.ts';
import { TWELVE } from '../../support/perspectives.ts';
import { TREE_CASES } from '../../support/signed-tree/cases.ts';
import { createZoneResolver, fails } from '../../support/zone-resolver.ts';
import { SMALLEST } from '../../unit/api/dcv-requests.ts';
import { readDocument } from '../../unit/docs/markdown.ts';

const PRIMARY = 'osl';

const folder = mkdtempSync(join(tmpdir(), 'mpic-rules-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function primaryVerdict(check: Check, dnssec: DnssecStatus, adn?: DnssecStatus) {
  const record = buildRequestRecord({ check, rulesAsOf: '2026-11-29', primary: PRIMARY, maxAttempts: 1 });
  const dns = buildDnsEvidence({ dnssec });
  const details =
    check.checkType === 'caa'
      ? buildCaaDetails({ dns })
      : buildDnsDcvDetails({ method: methodOf(check) ?? 'dns-change', dns });
  const results = [...SIX_CODES, PRIMARY].map(
    (perspective) =>
      [
        perspective,
        readable(
          buildCheckResult({
            requestId: record.requestId,
            perspective,
            checkType: check.checkType,
            details,
            ...(adn === undefined
              ? {}
              : {
                  adnLookups: [
                    { type: 'CNAME', name: 'a', expected: 'b', seen: ['b.'], rcode: 0, dnssec: adn },
                  ],
                }),
          }),
        ),
      ] as const,
  );
  const decision = judgeAttempt(record, new Map(results), true);
  return decision.status === 'settled' ? decision.baseline.primary?.status : decision.status;
}

const contact = (method: 'contact-email-txt' | 'contact-email-caa'): Check =>
  acceptBody({
    check_type: 'dcv',
    domain_or_ip_target: 'shop.example.com',
    dcv_check_parameters: { validation_method: method, ...SMALLEST[method] },
  }).check;
const caa: Check = acceptBody({ check_type: 'caa', domain_or_ip_target: 'shop.example.com' }).check;

describe('DNSSEC status in the verdict (TLS BR 4.2.2.2 [dnssec])', () => {
  it.each<{ name: string; check: Check; dnssec: DnssecStatus; adn?: DnssecStatus; status: string }>([
    { name: 'DX-02 CAA that is secure', check: caa, dnssec: 'secure', status: 'passed' },
    { name: 'DX-02 CAA that is proven insecure', check: caa, dnssec: 'insecure', status: 'passed' },
    { name: 'DX-02 CAA that is not validated', check: caa, dnssec: 'not validated', status: 'failed' },
    {
      name: 'DX-02 a validation whose alias is not validated',
      check: contact('contact-email-txt'),
      dnssec: 'secure',
      adn: 'not validated',
      status: 'failed',
    },
    {
      name: 'DX-03 the TXT record of an email contact that is not validated',
      check: contact('contact-email-txt'),
      dnssec: 'not validated',
      status: 'failed',
    },
    {
      name: 'DX-03 the CAA record of an email contact that is not validated',
      check: contact('contact-email-caa'),
      dnssec: 'not validated',
      status: 'failed',
    },
    {
      name: 'DX-03 an email contact that is secure',
      check: contact('contact-email-caa'),
      dnssec: 'secure',
      status: 'passed',
    },
  ])('$name, at the primary perspective: $status', ({ check, dnssec, adn, status }) => {
    expect(primaryVerdict(check, dnssec, adn)).toBe(status);
  });

  it.each<{ name: string; resolver: string; problem: RegExp | null }>([
    {
      name: "DX-04 a primary perspective with an operator's resolver",
      resolver: '192.0.2.53',
      problem: /DNSSEC/,
    },
    {
      name: 'DX-04 a primary perspective with the system resolver',
      resolver: 'system',
      problem: /DNSSEC/,
    },
    { name: 'DX-04 a primary perspective that validates', resolver: 'unbound', problem: null },
  ])('$name: start allowed only if it validates', ({ resolver, problem }) => {
    const file = {
      perspectives: TWELVE.map(({ code, name, rir, latitude, longitude }) => ({
        code,
        name,
        rir,
        latitude,
        longitude,
      })),
      primary: TWELVE.at(-1)?.code,
    };
    const path = join(folder, `${resolver}.json`);
    writeFileSync(path, JSON.stringify(file));
    const start = () => loadConfig(['--config', path, '--resolver', resolver], {}, new Date(TODAY));
    if (problem === null) expect(start).not.toThrow();
    else expect(start).toThrow(problem);
  });

  it.each(POLICIES)('DX-05 bogus data is never permission, policy %s', async (policy) => {
    const outcome = await checkCaa({
      target: { kind: 'domain', name: 'www.example.com', wildcard: false },
      parameters: { ...CAA_DEFAULTS, allowLookupFailure: true },
      policy,
      resolver: createZoneResolver({ 'example.com': [fails('bogus')] }),
      deadline: 10_000,
    });
    expect(outcome).toMatchObject({ completed: false, passed: false, details: { dns: { dnssec: 'bogus' } } });
  });

  it.each(POLICIES)('DX-05 bogus data never validates a domain, policy %s', async (policy) => {
    const outcome = await checkDcv({
      target: { kind: 'domain', name: 'shop.example', wildcard: false },
      parameters: {
        method: 'acme-dns-01',
        keyAuthorizationHash: 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM',
      },
      policy,
      view: dnsOnly(createFakeResolver({ 'TXT _acme-challenge.shop.example': 'bogus' })),
      deadline: 5_000,
      monotonic: () => 0,
      now: TODAY,
    });
    expect(outcome).toMatchObject({ completed: false, passed: false, corroborates: false });
  });

  it('DX-06 remote perspectives need not validate', () => {
    const record = buildRequestRecord({ check: caa, rulesAsOf: '2026-11-29' });
    const details = buildCaaDetails({ dns: buildDnsEvidence({ dnssec: 'not validated' }) });
    const results = SIX_CODES.map(
      (perspective) =>
        [
          perspective,
          readable(buildCheckResult({ requestId: record.requestId, perspective, details })),
        ] as const,
    );
    expect(judgeAttempt(record, new Map(results), true)).toMatchObject({ baseline: { satisfied: true } });
  });
});

/** The behaviour of the resolver itself is tested with a real unbound and real signed zones. */
describe('DNSSEC rows of the signed tree', () => {
  it.each<{ name: string; rows: readonly RegExp[] }>([
    {
      name: 'DX-01 signatures, NSEC3, SHA-2, the errata of RFC 6840',
      rows: [/RFC 4035 section 5\.3/, /RFC 5155 section 8/, /RSASHA256\) is secure/, /RFC 6840 section 4/],
    },
    { name: 'DX-05 invalid signatures', rows: [/is bogus/, /an alias to bogus data is bogus/] },
    { name: 'DX-08 algorithms with SHA-1 are validated', rows: [/algorithm 5 \(RSASHA1\) is secure/] },
  ])('$name: covered by the signed tree', ({ rows }) => {
    const tree = TREE_CASES.map(({ name, rule }) => `${rule}: ${name}`).join('\n');
    expect(rows.filter((pattern) => !pattern.test(tree))).toEqual([]);
  });

  it('DX-07 the configuration record contains the trust anchors and their source', () => {
    expect(readDocument('shared/contract/audit/audit-schema.ts')).toMatch(
      /trust_anchors: [\s\S]*trust_anchor_source: /,
    );
  });
});
