import { describe, expect, it } from 'vitest';
import { type AcceptanceRules, acceptRequest } from '../../../services/api/accept.ts';
import { BUILT_IN_PERSPECTIVES } from '../../../shared/contract/settings/perspective-file.ts';
import { parseIpNetwork } from '../../../shared/domain/net/ip-network.ts';
import { checkedIdentifier } from '../../../shared/domain/net/target.ts';
import { ACME_TOKEN, BASE64URL_DIGEST, RANDOM_VALUE, SMALLEST } from './dcv-requests.ts';
import { accept as parse } from './requests.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const rules: AcceptanceRules = {
  policy: 'baseline-requirements',
  remotes: BUILT_IN_PERSPECTIVES.perspectives,
  primary: null,
  primarySite: null,
  defaultPerspectiveCount: 6,
  maxAttempts: 3,
  caaDomains: ['ca.example'],
  caaLabelsIgnoreCase: false,
  cohortSecret: 'secret of the tests',
  allowTestNames: true,
  allowedNetworks: [],
  attemptTimeoutMs: 12_000,
  sharedHost: false,
};
const who = {
  requestId: '01978f00-0000-7000-8000-000000000001',
  caller: 'anonymous',
  requestDigest: 'd',
  attemptToken: 't-1',
  async: false,
  now: NOW,
};
const caa = (changes: Record<string, unknown> = {}) => ({
  check_type: 'caa',
  domain_or_ip_target: 'shop.example.com',
  ...changes,
});
const dcv = (method: keyof typeof SMALLEST, target: string, changes: Record<string, unknown> = {}) => ({
  check_type: 'dcv',
  domain_or_ip_target: target,
  dcv_check_parameters: { validation_method: method, ...SMALLEST[method], ...changes },
});

const judge = (body: unknown, changed: Partial<AcceptanceRules> = {}, now = NOW) =>
  acceptRequest({ ...rules, ...changed }, parse(body), { ...who, now });

function accepted(body: unknown, changed: Partial<AcceptanceRules> = {}, now = NOW) {
  const acceptance = judge(body, changed, now);
  if (acceptance.kind !== 'accepted') throw new Error(JSON.stringify(acceptance));
  return acceptance.record;
}

describe('Accepting a well-formed request', () => {
  it('makes the record of a running request', () => {
    expect(accepted(caa({ trace_identifier: 't' }))).toMatchObject({
      ...{ requestId: who.requestId, caller: 'anonymous', traceIdentifier: 't', requestDigest: 'd' },
      ...{ status: 'running', attempt: 1, verdicts: [], completedAt: null, published: false },
      ...{ createdAt: NOW, attemptStartedAt: NOW, attemptDeadline: NOW + 12_000 },
      ...{ quorumCount: 4, maxAttempts: 1, monitoring: false, rulesAsOf: '2026-11-21' },
    });
  });

  it('keeps the cohort of today, whatever the configuration becomes', () => {
    const { cohorts } = accepted(caa());
    expect(cohorts).toHaveLength(1);
    expect(cohorts[0]?.map(({ code }) => code).sort()).toEqual(rules.remotes.map(({ code }) => code).sort());
    expect(cohorts[0]?.every((member) => Object.keys(member).join() === 'code,rir')).toBe(true);
  });

  it('chooses by the secret and the name, not by chance', () => {
    const cohort = (changed: Partial<AcceptanceRules>, target = 'shop.example.com') =>
      JSON.stringify(
        accepted(
          caa({ domain_or_ip_target: target, orchestration_parameters: { perspective_count: 4 } }),
          changed,
        ).cohorts,
      );
    expect(cohort({})).toBe(cohort({}));
    expect(cohort({})).toBe(cohort({ remotes: [...rules.remotes].reverse() }));
    const others = Array.from({ length: 20 }, (_, index) =>
      cohort({ cohortSecret: `another secret ${index}` }),
    );
    expect(new Set(others).size).toBeGreaterThan(1);
  });

  it.each([
    {
      name: 'domains of the request',
      parameters: { caa_domains: ['Other.Example'] },
      domains: ['other.example'],
    },
    {
      name: 'domains of the service for an empty list',
      parameters: { caa_domains: [] },
      domains: ['ca.example'],
    },
    { name: 'domains of the service', parameters: {}, domains: ['ca.example'] },
  ])('CAA is checked for the $name', ({ parameters, domains }) => {
    const { check } = accepted(caa({ caa_check_parameters: parameters }));
    expect(check).toMatchObject({ checkType: 'caa', caa: { caaDomains: domains } });
  });

  it.each([
    { policy: 'baseline-requirements', day: Date.UTC(2027, 2, 14), enforced: false },
    { policy: 'baseline-requirements', day: Date.UTC(2027, 2, 15), enforced: true },
    { policy: 'open-mpic', day: Date.UTC(2027, 2, 15), enforced: false },
  ] as const)('$policy on $day: RFC 8657 enforced is $enforced', ({ policy, day, enforced }) => {
    expect(accepted(caa(), { policy }, day).check).toMatchObject({ caa: { enforceRfc8657: enforced } });
  });

  it('goes by the rules of the day on which it could end', () => {
    const midnight = Date.UTC(2026, 11, 15);
    // Three attempts of 12 seconds, each of which may be decided up to a minute after its deadline.
    expect(accepted(caa(), {}, midnight - 216_001).rulesAsOf).toBe('2026-12-14');
    expect(accepted(caa(), {}, midnight - 216_000).rulesAsOf).toBe('2026-12-15');
  });

  it('a designated primary perspective is kept beside the cohort', () => {
    const [first, ...others] = rules.remotes;
    const record = accepted(caa({ orchestration_parameters: { perspective_count: 5 } }), {
      primary: first?.code ?? null,
      remotes: others,
    });
    expect(record.primary).toBe(first?.code);
    expect(record.cohorts.flat().map(({ code }) => code)).not.toContain(first?.code);
  });
});

describe('Refusing a well-formed request', () => {
  const ROWS: readonly {
    readonly name: string;
    readonly body: unknown;
    readonly rules?: Partial<AcceptanceRules>;
    readonly now?: number;
    readonly issue: Record<string, unknown>;
  }[] = [
    { name: 'a name that is none', body: caa({ domain_or_ip_target: 'a..b' }), issue: {} },
    { name: 'CAA of an address', body: caa({ domain_or_ip_target: '8.8.8.8' }), issue: {} },
    {
      name: 'a test name in production',
      body: caa({ domain_or_ip_target: 'shop.test' }),
      rules: { allowTestNames: false },
      issue: {},
    },
    {
      name: 'a wildcard by a website',
      body: dcv('website-change', '*.shop.example.com'),
      issue: { issue_type: 'invalid-validation-method-target' },
    },
    {
      name: 'an ended method under the strict policy',
      body: dcv('contact-phone-txt', 'shop.example.com'),
      now: Date.UTC(2027, 2, 15),
      issue: { issue_type: 'baseline-requirements', message: expect.stringContaining('2027-03-15') },
    },
    {
      name: 'a prefix that is no underscore label',
      body: dcv('dns-change', 'shop.example.com', { dns_name_prefix: 'www' }),
      issue: { issue_type: 'baseline-requirements', message: expect.stringContaining('3.2.2.4.7') },
    },
    {
      name: 'a count that allows no cohort',
      body: caa({ orchestration_parameters: { perspective_count: 4 } }),
      rules: { remotes: rules.remotes.filter(({ rir }) => rir === 'ARIN').slice(0, 2) },
      issue: { issue_type: 'invalid-perspective-count' },
    },
    {
      name: 'a cohort number beyond those there are',
      body: caa({ orchestration_parameters: { cohort_for_single_attempt: 9 } }),
      issue: {
        issue_type: 'invalid-cohort',
        message: 'cohort_for_single_attempt 9 does not exist: there is 1 cohort of 6.',
      },
    },
  ];
  it.each(ROWS)('$name', ({ body, rules: changed, now, issue }) => {
    const acceptance = judge(body, changed, now);
    expect(acceptance.kind).toBe('refused');
    if (acceptance.kind === 'refused') expect(acceptance.issues[0]).toMatchObject(issue);
  });

  it.each<{ name: string; method: keyof typeof SMALLEST; change: Record<string, unknown>; message: RegExp }>([
    {
      name: 'a path that leaves the directory',
      method: 'website-change',
      change: { http_token_path: '..%2fsecret' },
      message: /path of the file cannot be used/,
    },
    {
      name: 'a Host header',
      method: 'acme-http-01',
      change: { http_headers: { hOsT: 'evil.example.com' } },
      message: /"hOsT" is not the caller's to set; use accept/,
    },
    {
      name: 'a framing header',
      method: 'website-change',
      change: { http_headers: { 'Transfer-Encoding': 'chunked' } },
      message: /Transfer-Encoding/,
    },
    {
      name: 'a pattern with a look-ahead, which linear time does not allow',
      method: 'website-change',
      change: { match_regex: '(?=a)' },
      message: /match_regex cannot be used/,
    },
    {
      name: 'base64url with stray bits for a digest',
      method: 'acme-tls-alpn-01',
      change: { key_authorization_hash: `${'A'.repeat(42)}B` },
      message: /neither 64 hexadecimal digits nor 43 base64url/,
    },
  ])('refuses $name under both policies', ({ method, change, message }) => {
    for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
      const acceptance = judge(dcv(method, 'shop.example.com', change), { policy });
      expect(acceptance).toEqual({
        kind: 'refused',
        issues: [{ issue_type: 'invalid-dcv-parameters', message: expect.stringMatching(message) }],
      });
    }
  });

  const longName = `${`${'a'.repeat(49)}.`.repeat(4)}shop.example.com`;

  it.each([
    {
      name: 'the prefix of the caller',
      method: 'dns-change',
      change: { dns_name_prefix: `_${'p'.repeat(60)}` },
    },
    { name: 'the prefix of the method', method: 'dns-account-01', change: {} },
  ] as const)(
    'refuses a name that is too long to be asked for with $name under both policies',
    ({ method, change }) => {
      const target = method === 'dns-change' ? longName : `${'b'.repeat(20)}.${longName}`;
      for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
        expect(judge(dcv(method, target, change), { policy })).toEqual({
          kind: 'refused',
          issues: [
            {
              issue_type: 'invalid-dcv-parameters',
              message: expect.stringContaining('make no domain name of at most 253 characters'),
            },
          ],
        });
      }
    },
  );

  it('refuses a step to a name that is too long to be looked up', () => {
    const to = `${'c'.repeat(42)}.${longName}`.slice(-254);
    const body = { ...dcv('acme-dns-01', 'shop.example.com'), applied_for: 'w.example.com' };
    const steps = (name: string) => ({
      ...body,
      adn_steps: [
        { step: 'cname', to: name },
        { step: 'cname', to: 'shop.example.com' },
      ],
    });
    expect(to).toHaveLength(254);
    expect(() => parse(steps(to))).toThrow(/should have at most 253 characters/);
    expect(() => parse(steps(`${to.slice(1)}.`))).not.toThrow();
  });

  it.each([
    { name: 'a U-label', appliedFor: 'fa\u00df.example.com', target: 'xn--fa-hia.example.com' },
    { name: 'a final dot', appliedFor: 'shop.example.com.', target: 'shop.example.com' },
  ])('takes applied_for with $name under open-mpic only', ({ appliedFor, target }) => {
    const body = { ...dcv('acme-dns-01', target), applied_for: appliedFor };
    expect(judge(body)).toEqual({
      kind: 'refused',
      issues: [
        { issue_type: 'baseline-requirements', message: expect.stringMatching(/^applied_for: .*: send "/) },
      ],
    });
    expect(accepted(body, { policy: 'open-mpic' }).order?.appliedFor).toBe(target);
  });

  it.each<{ name: string; method: keyof typeof SMALLEST; change: Record<string, unknown>; message: RegExp }>([
    {
      name: 'a leading slash',
      method: 'website-change',
      change: { http_token_path: '/v.txt' },
      message: /begins with a slash/,
    },
    {
      name: 'a slash for a path',
      method: 'website-change',
      change: { http_token_path: '/' },
      message: /begins with a slash/,
    },
    {
      name: 'a header beside the six',
      method: 'acme-http-01',
      change: { http_headers: { 'X-Forwarded-Host': 'a' } },
      message: /"X-Forwarded-Host" could make a server answer for another host/,
    },
    {
      name: 'a challenge value in its own path',
      method: 'website-change',
      change: { challenge_value: RANDOM_VALUE, http_token_path: `${RANDOM_VALUE}.txt` },
      message: /3\.2\.2\.4\.18/,
    },
    {
      name: 'a challenge value in a header, percent-encoded',
      method: 'website-change',
      change: { http_headers: { 'User-Agent': `ca/%72${RANDOM_VALUE.slice(1)}` } },
      message: /in a header/,
    },
    {
      name: 'a key authorization that a server could make from the request',
      method: 'acme-http-01',
      change: { key_authorization: ACME_TOKEN },
      message: /RFC 8555 section 8\.1/,
    },
    {
      name: 'a thumbprint that is too short',
      method: 'acme-http-01',
      change: { key_authorization: `${ACME_TOKEN}.thumb` },
      message: /43 base64url characters/,
    },
    {
      name: 'a token of 21 characters',
      method: 'acme-http-01',
      change: {
        token: ACME_TOKEN.slice(0, 21),
        key_authorization: `${ACME_TOKEN.slice(0, 21)}.${BASE64URL_DIGEST}`,
      },
      message: /token has 21 characters, and fewer than 22/,
    },
    {
      name: 'a digest for the DNS that is cut short',
      method: 'acme-dns-01',
      change: { key_authorization_hash: BASE64URL_DIGEST.slice(0, 42) },
      message: /not a SHA-256 in base64url, 43 characters/,
    },
    {
      name: 'a hexadecimal digest for the DNS',
      method: 'dns-account-01',
      change: { key_authorization_hash: 'ab'.repeat(32) },
      message: /not a SHA-256 in base64url/,
    },
    {
      // Found wherever two words are.
      name: 'a space as challenge value',
      method: 'dns-change',
      change: { challenge_value: ' ' },
      message: /white space/,
    },
    {
      // Found in the SPF record of many names.
      name: 'v=spf1 as challenge value',
      method: 'dns-change',
      change: { challenge_value: 'v=spf1' },
      message: /challenge_value has 6 characters, and fewer than 19 .* 112 bits .*TLS BR 1\.6\.1/,
    },
    {
      name: 'a challenge value of 18 characters',
      method: 'website-change',
      change: { challenge_value: 'abcdefghijklmnopqR' },
      message: /has 18 characters/,
    },
    {
      name: 'a challenge value with a line end',
      method: 'website-change',
      change: { challenge_value: `${RANDOM_VALUE}\n` },
      message: /white space/,
    },
    {
      name: 'an alias whose only long part is the name of the CA',
      method: 'dns-change',
      change: { dns_record_type: 'CNAME', challenge_value: 'rv-81.validation.ca.example.' },
      message: /the longest label of challenge_value has 10 characters/,
    },
  ])(
    'refuses $name under baseline-requirements, and takes it under open-mpic',
    ({ method, change, message }) => {
      const body = dcv(method, 'shop.example.com', change);
      expect(judge(body)).toEqual({
        kind: 'refused',
        issues: [{ issue_type: 'baseline-requirements', message: expect.stringMatching(message) }],
      });
      expect(judge(body, { policy: 'open-mpic' }).kind).toBe('accepted');
    },
  );

  it.each([
    { name: 'a U-label that IDNA2003 maps elsewhere', sent: 'fa\u00df.de', checked: 'xn--fa-hia.de' },
    { name: 'a digit in a circle', sent: '\u2460.com', checked: '1.com' },
    { name: 'the Kelvin sign', sent: '\u212a.com', checked: 'k.com' },
    { name: 'a ligature', sent: '\ufb01.com', checked: 'fi.com' },
    { name: 'full width', sent: '\uff45xample.com', checked: 'example.com' },
    { name: 'an ideographic full stop', sent: 'example\u3002com', checked: 'example.com' },
    {
      name: 'a U-label beside an A-label',
      sent: 'b\u00fccher.xn--fa-hia.de',
      checked: 'xn--bcher-kva.xn--fa-hia.de',
    },
    { name: 'a wildcard of a U-label', sent: '*.fa\u00df.de', checked: '*.xn--fa-hia.de' },
    { name: 'a final dot', sent: 'shop.example.com.', checked: 'shop.example.com' },
  ])(
    'rejects a name that is not checked as it is written under baseline-requirements: $name',
    ({ sent, checked }) => {
      const body = caa({ domain_or_ip_target: sent });
      expect(judge(body)).toEqual({
        kind: 'refused',
        issues: [
          {
            issue_type: 'baseline-requirements',
            message: expect.stringContaining(
              `send "${checked}" if that is the name in the certificate request`,
            ),
          },
        ],
      });
      expect(accepted(body, { policy: 'open-mpic' }).check.target).toMatchObject({
        name: checked.replace('*.', ''),
      });
    },
  );

  it.each(['Shop.EXAMPLE.com', '*.Shop.example.com', 'xn--fa-hia.de', 'XN--FA-HIA.de', 'a--b.example.com'])(
    'takes %s under baseline-requirements, letter case aside',
    (sent) => {
      const { check, echo } = accepted(caa({ domain_or_ip_target: sent }));
      expect(checkedIdentifier(check.target)).toBe(sent.toLowerCase());
      expect(echo.domainOrIpTarget).toBe(sent);
    },
  );

  it.each(['2a00:0:0::1', '[2A00::1]', '8.8.8.8'])('takes the address %s in any of its texts', (sent) => {
    expect(judge(dcv('acme-http-01', sent)).kind).toBe('accepted');
  });

  it.each(['xn--example-.com', 'xn--a-ecp.ru', 'xn--fa-hia\u00df.de', 'xn--\uff41.com'])(
    'rejects %s under both policies: an A-label that does not come back the same',
    (sent) => {
      for (const policy of ['baseline-requirements', 'open-mpic'] as const)
        expect(judge(caa({ domain_or_ip_target: sent }), { policy }).kind).toBe('refused');
    },
  );

  it.each([
    { name: 'of 31 days', created: '2026-10-21T12:00:00Z', refused: true },
    { name: 'of 29 days, in another zone', created: '2026-10-23T14:00:00+02:00', refused: false },
    { name: 'of next week', created: '2026-11-28T12:00:00Z', refused: true },
  ])('a challenge $name: refused $refused, under both policies', ({ created, refused }) => {
    const body = dcv('website-change', 'shop.example.com', { challenge_created_at: created });
    for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
      const acceptance = judge(body, { policy });
      expect(acceptance.kind).toBe(refused ? 'refused' : 'accepted');
      if (acceptance.kind === 'refused') {
        expect(acceptance.issues).toMatchObject([{ issue_type: 'challenge-expired' }]);
      }
    }
  });

  it('takes reserved addresses only where a lab exempts them', () => {
    const body = dcv('acme-http-01', '127.0.0.1');
    const network = parseIpNetwork('127.0.0.0/8');
    expect(judge(body)).toMatchObject({ kind: 'refused', issues: [{ issue_type: 'reserved-ip-address' }] });
    expect(judge(body, { allowedNetworks: network === null ? [] : [network] }).kind).toBe('accepted');
  });

  it.each(['open-mpic'] as const)('%s takes an ended method and any prefix', (policy) => {
    const phone = dcv('contact-phone-txt', 'shop.example.com');
    expect(judge(phone, { policy }, Date.UTC(2030, 0, 1)).kind).toBe('accepted');
    const prefix = dcv('dns-change', 'shop.example.com', { dns_name_prefix: 'www' });
    expect(judge(prefix, { policy }).kind).toBe('accepted');
  });
});
