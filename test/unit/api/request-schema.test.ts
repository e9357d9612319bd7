import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../../shared/api/request-schema.ts';
import { accept, CAA, DCV, DNS_01, issuesOf, parseJson } from './requests.ts';

describe('parseMpicRequest accepts', () => {
  it.each([
    { name: 'an empty target, for the target rules to refuse', target: '' },
    { name: 'a target of 1000 characters', target: 'a'.repeat(1000) },
    { name: 'a wildcard in capital letters, kept as sent', target: '*.SHOP.Example' },
    { name: 'a U-label', target: 'bücher.example' },
  ])('$name', ({ target }) => {
    const request = accept({ ...CAA, domain_or_ip_target: target });
    expect([request.target, request.echo.domainOrIpTarget]).toEqual([target, target]);
  });

  it('explicit nulls where the API has them', () => {
    const request = accept({
      ...CAA,
      trace_identifier: null,
      orchestration_parameters: null,
      caa_check_parameters: { caa_domains: null, accounturi_values: null, validation_methods: null },
    });
    expect(request).toMatchObject({
      traceIdentifier: null,
      parameters: { caaDomains: null, accountUris: null, validationMethods: null },
      echo: { orchestrationParameters: null },
    });
  });

  it('null counts and counts that only orchestration can judge', () => {
    const parameters = {
      perspective_count: null,
      quorum_count: -5,
      max_attempts: 0,
      cohort_for_single_attempt: 99,
    };
    const request = accept({ ...CAA, orchestration_parameters: parameters });
    expect(request.orchestration).toEqual({
      perspectiveCount: null,
      quorumCount: -5,
      maxAttempts: 0,
      cohortForSingleAttempt: 99,
    });
    expect(request.echo.orchestrationParameters).toEqual(parameters);
  });

  it('an integer written with a fraction of zero', () => {
    const parsed = parseJson(
      '{"check_type":"caa","domain_or_ip_target":"a.example","orchestration_parameters":{"perspective_count":3.0}}',
    );
    expect(parsed).toMatchObject({ ok: true, request: { orchestration: { perspectiveCount: 3 } } });
  });

  it('orchestration parameters without members, echoed as four nulls', () => {
    expect(accept({ ...CAA, orchestration_parameters: {} }).echo.orchestrationParameters).toEqual({
      perspective_count: null,
      quorum_count: null,
      max_attempts: null,
      cohort_for_single_attempt: null,
    });
  });

  it('an empty list of CA domains, which means the configured one and is echoed as sent', () => {
    const request = accept({ ...CAA, caa_check_parameters: { caa_domains: [] } });
    expect(request.parameters).toMatchObject({ caaDomains: null });
    expect(request.echo.checkParameters).toMatchObject({ caa_domains: [] });
  });

  it('CA domains in capital letters, without turning other letters into ASCII', () => {
    const request = accept({
      ...CAA,
      caa_check_parameters: { caa_domains: ['CA.Example', '\u212aa.example'] },
    });
    expect(request.parameters).toMatchObject({ caaDomains: ['ca.example', '\u212aa.example'] });
    expect(request.echo.checkParameters).toMatchObject({ caa_domains: ['CA.Example', '\u212aa.example'] });
  });

  it('accounts and methods for RFC 8657; an empty list of accounts is not the same as none given', () => {
    const request = accept({
      ...CAA,
      caa_check_parameters: { accounturi_values: [], validation_methods: ['dns-01', 'ca-tbr-7'] },
    });
    expect(request.parameters).toMatchObject({ accountUris: [], validationMethods: ['dns-01', 'ca-tbr-7'] });
    expect(request.echo.checkParameters).toEqual({
      certificate_type: 'tls-server',
      caa_domains: null,
      allow_lookup_failure: false,
      accounturi_values: [],
      validation_methods: ['dns-01', 'ca-tbr-7'],
    });
  });

  it('unknown members at every level, and forgets them', () => {
    const extra = { unknown: { deep: [1] }, constructor: 'x', toString: 'y' };
    const request = accept({
      ...CAA,
      ...extra,
      orchestration_parameters: { ...extra, quorum_count: 2 },
      caa_check_parameters: { ...extra, certificate_type: 's-mime' },
    });
    expect(JSON.stringify(request)).not.toContain('unknown');
    expect(request.parameters).toMatchObject({ certificateType: 's-mime' });
  });

  it('a member named __proto__ without taking anything from it', () => {
    const hostile = '{"caa_domains":["evil.example"],"allow_lookup_failure":true,"polluted":true}';
    const parsed = parseJson(
      `{"check_type":"caa","domain_or_ip_target":"a.example","__proto__":${hostile},"caa_check_parameters":{"__proto__":${hostile}}}`,
    );
    expect(parsed).toMatchObject({
      ok: true,
      request: { parameters: { caaDomains: null, allowLookupFailure: false } },
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('DCV parameters of any kind in a CAA request, and drops them', () => {
    const request = accept({ ...CAA, dcv_check_parameters: { validation_method: 5 } });
    expect(JSON.stringify(request)).not.toContain('validation_method');
  });

  it('CAA parameters of any kind in a DCV request, and drops them', () => {
    const request = accept({ ...DCV, caa_check_parameters: 5 });
    expect(request.checkType).toBe('dcv');
    expect(JSON.stringify(request)).not.toContain('caa');
  });
});

describe('parseMpicRequest without check_type', () => {
  const target = { domain_or_ip_target: 'shop.example' };

  it.each([
    { name: 'is CAA when there is nothing else', body: target, expected: 'caa' },
    { name: 'is CAA with CAA parameters', body: { ...target, caa_check_parameters: {} }, expected: 'caa' },
    {
      name: 'is DCV with valid DCV parameters',
      body: { ...target, dcv_check_parameters: DNS_01 },
      expected: 'dcv',
    },
    {
      name: 'is DCV with valid parameters of both kinds',
      body: { ...target, caa_check_parameters: {}, dcv_check_parameters: DNS_01 },
      expected: 'dcv',
    },
    {
      name: 'is CAA with null DCV parameters',
      body: { ...target, dcv_check_parameters: null },
      expected: 'caa',
    },
    {
      name: 'is CAA with DCV parameters of an unknown method',
      body: { ...target, dcv_check_parameters: { validation_method: 'guess' } },
      expected: 'caa',
    },
    {
      name: 'is CAA with incomplete DCV parameters',
      body: { ...target, dcv_check_parameters: { validation_method: 'acme-dns-01' } },
      expected: 'caa',
    },
  ])('$name', ({ body, expected }) => {
    expect(accept(body).checkType).toBe(expected);
  });

  it('is refused as DCV when only a value breaks a rule, so that no CAA verdict is taken for a validation', () => {
    const parameters = { ...DNS_01, key_authorization_hash: 'not base64url!' };
    expect(issuesOf({ ...target, dcv_check_parameters: parameters })).toMatchObject([
      {
        type: 'value_error',
        loc: ['MpicDcvRequest', 'dcv_check_parameters', 'acme-dns-01', 'key_authorization_hash'],
      },
    ]);
  });

  it('is refused as DCV when the target is wrong', () => {
    expect(issuesOf({ domain_or_ip_target: null, dcv_check_parameters: DNS_01 })).toMatchObject([
      { type: 'string_type', loc: ['MpicDcvRequest', 'domain_or_ip_target'] },
    ]);
  });
});

describe('parseMpicRequest on anything', () => {
  const knownKey = fc.constantFrom(
    'check_type',
    'domain_or_ip_target',
    'orchestration_parameters',
    'trace_identifier',
    'caa_check_parameters',
    'dcv_check_parameters',
    'validation_method',
    'caa_domains',
    'http_headers',
    'challenge_value',
    '__proto__',
  );
  const knownValue = fc.constantFrom<unknown>(
    'caa',
    'dcv',
    'website-change',
    'dns-change',
    'TXT',
    null,
    3,
    true,
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      knownValue,
      fc.jsonValue(),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(knownKey, tie('tree'), { maxKeys: 6 }),
    ),
  }));

  it('never throws, and what it answers can be written as JSON', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), tree), (body) => {
        const parsed = parseMpicRequest(body);
        expect(parsed.ok || parsed.issues.length > 0).toBe(true);
        expect(() => JSON.stringify(parsed)).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  it.each(['caa_check_parameters', 'orchestration_parameters', 'dcv_check_parameters', 'check_type'])(
    'is not brought down by deep nesting in %s',
    (member) => {
      const text = `{"domain_or_ip_target":"a.example","${member}":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
      const parsed = parseJson(text);
      expect(JSON.stringify(parsed).length).toBeLessThan(4000);
    },
  );

  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const list = (item: fc.Arbitrary<string>) => fc.option(fc.array(item, { maxLength: 4 }));
  const caaRequest = fc.record({
    check_type: fc.constant('caa'),
    domain_or_ip_target: fc.string({ maxLength: 300 }),
    orchestration_parameters: optional(
      fc.option(
        fc.record(
          { perspective_count: fc.option(fc.integer()), quorum_count: fc.option(fc.integer()) },
          { requiredKeys: [] },
        ),
      ),
    ),
    caa_check_parameters: optional(
      fc.option(
        fc.record(
          {
            certificate_type: fc.constantFrom('tls-server', 's-mime'),
            caa_domains: list(fc.string({ minLength: 1 })),
            allow_lookup_failure: fc.boolean(),
            accounturi_values: list(fc.webUrl()),
            validation_methods: list(fc.stringMatching(/^[a-z0-9-]{1,20}$/)),
          },
          { requiredKeys: [] },
        ),
      ),
    ),
  });

  it('reads its own echo of a CAA request as the same request', () => {
    fc.assert(fc.property(caaRequest, (body) => expectEchoToReparse(body)));
  });
});

function expectEchoToReparse(body: Record<string, unknown>): void {
  const first = accept(JSON.parse(JSON.stringify(body)));
  const again = accept({
    check_type: first.checkType,
    domain_or_ip_target: first.echo.domainOrIpTarget,
    trace_identifier: first.traceIdentifier,
    orchestration_parameters: first.echo.orchestrationParameters,
    [`${first.checkType}_check_parameters`]: first.echo.checkParameters,
  });
  expect(again).toEqual(first);
}
