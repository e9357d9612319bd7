import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../../../shared/contract/api/request-schema.ts';
import { SMALLEST } from '../../api/dcv-requests.ts';
import { accept, CAA, DCV, DNS_01, issuesOf, parseJson } from '../../api/requests.ts';

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

  it('a member named __proto__ without taking anything from it, under open-mpic', () => {
    const hostile = '{"caa_domains":["evil.example"],"allow_lookup_failure":true,"polluted":true}';
    const parsed = parseJson(
      `{"check_type":"caa","domain_or_ip_target":"a.example","__proto__":${hostile},"caa_check_parameters":{"__proto__":${hostile}}}`,
      'open-mpic',
    );
    expect(parsed).toMatchObject({
      ok: true,
      request: {
        parameters: { caaDomains: null, allowLookupFailure: false },
        ignoredMembers: ['caa_check_parameters.__proto__', '__proto__'],
      },
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it('null parameters of the other check, which mean none', () => {
    expect(accept({ ...CAA, dcv_check_parameters: null })).toMatchObject({
      checkType: 'caa',
      ignoredMembers: [],
    });
    expect(accept({ ...DCV, caa_check_parameters: null })).toMatchObject({
      checkType: 'dcv',
      ignoredMembers: [],
    });
  });

  it('the names of the reference from 6.6 on, whose limits are always enforced', () => {
    const request = accept({
      ...CAA,
      caa_check_parameters: {
        expected_account_uris: ['https://ca.example/acct/9'],
        expected_validation_methods: null,
      },
    });
    expect(request.parameters).toMatchObject({
      accountUris: ['https://ca.example/acct/9'],
      validationMethods: null,
      enforceLimits: true,
    });
    expect(request.echo.checkParameters).toEqual({
      certificate_type: 'tls-server',
      caa_domains: null,
      allow_lookup_failure: false,
      expected_account_uris: ['https://ca.example/acct/9'],
      expected_validation_methods: null,
    });
  });

  it.each([
    { name: 'the former names', parameters: { accounturi_values: ['acct:9'], validation_methods: null } },
    { name: 'neither', parameters: {} },
  ])('$name, which leave unanswered limits to the date', ({ parameters }) => {
    expect(accept({ ...CAA, caa_check_parameters: parameters }).parameters).toMatchObject({
      enforceLimits: false,
    });
  });

  it('both names of one thing when they say the same', () => {
    const parameters = { expected_account_uris: ['acct:9'], accounturi_values: ['acct:9'] };
    expect(accept({ ...CAA, caa_check_parameters: parameters }).parameters).toMatchObject({
      accountUris: ['acct:9'],
    });
    const account = { ...ACCOUNT_01, acme_account_url: 'acct:9', account_uri: 'acct:9' };
    expect(accept({ ...DCV, dcv_check_parameters: account }).parameters).toMatchObject({
      dcv: { accountUri: 'acct:9' },
    });
  });

  it('the account of dns-account-01 under either name, echoed as sent', () => {
    for (const name of ['acme_account_url', 'account_uri']) {
      const request = accept({ ...DCV, dcv_check_parameters: { ...ACCOUNT_01, [name]: 'acct:9' } });
      expect(request.parameters).toMatchObject({ dcv: { accountUri: 'acct:9' } });
      expect(request.echo.checkParameters).toMatchObject({ [name]: 'acct:9' });
      expect(Object.keys(request.echo.checkParameters ?? {})).toHaveLength(5);
    }
  });
});

const ACCOUNT_01 = {
  validation_method: 'dns-account-01',
  key_authorization_hash: SMALLEST['dns-account-01'].key_authorization_hash,
};

describe('parseMpicRequest on two names of one thing', () => {
  it.each([
    {
      name: 'accounts for CAA',
      body: {
        ...CAA,
        caa_check_parameters: { expected_account_uris: ['acct:9'], accounturi_values: ['acct:8'] },
      },
      at: ['MpicCaaRequest', 'caa_check_parameters', 'expected_account_uris'],
    },
    {
      name: 'accounts for CAA, one of them null',
      body: {
        ...CAA,
        caa_check_parameters: { expected_account_uris: null, accounturi_values: ['acct:8'] },
      },
      at: ['MpicCaaRequest', 'caa_check_parameters', 'expected_account_uris'],
    },
    {
      name: 'methods for CAA',
      body: {
        ...CAA,
        caa_check_parameters: { expected_validation_methods: ['dns-01'], validation_methods: ['http-01'] },
      },
      at: ['MpicCaaRequest', 'caa_check_parameters', 'expected_validation_methods'],
    },
    {
      name: 'the account of a validation',
      body: {
        ...DCV,
        dcv_check_parameters: { ...ACCOUNT_01, acme_account_url: 'acct:9', account_uri: 'acct:8' },
      },
      at: ['MpicDcvRequest', 'dcv_check_parameters', 'dns-account-01', 'acme_account_url'],
    },
  ])('rejects those that differ: $name', ({ body, at }) => {
    for (const policy of ['baseline-requirements', 'open-mpic'] as const)
      expect(issuesOf(body, policy)).toMatchObject([
        { type: 'value_error', loc: at, msg: expect.stringContaining('two names of one thing') },
      ]);
  });
});

describe('parseMpicRequest on members that it does not know', () => {
  const caa = (member: object) => ({ ...CAA, caa_check_parameters: member });
  const dcv = (method: keyof typeof SMALLEST, member: object) => ({
    ...DCV,
    dcv_check_parameters: { validation_method: method, ...SMALLEST[method], ...member },
  });
  const ROWS: readonly {
    readonly name: string;
    readonly body: Record<string, unknown>;
    readonly path: readonly string[];
    readonly advice: RegExp;
  }[] = [
    {
      // Misspelled, it would have switched RFC 8657 off.
      name: 'a limit on accounts that is spelled wrong',
      body: caa({ account_uri_values: ['https://ca.example/acct/9'] }),
      path: ['caa_check_parameters', 'account_uri_values'],
      advice: /did you mean 'accounturi_values'\?/,
    },
    {
      name: 'the name of RFC 8657 itself',
      body: caa({ validationmethods: ['dns-01'] }),
      path: ['caa_check_parameters', 'validationmethods'],
      advice: /did you mean 'validation_methods'\?/,
    },
    {
      name: 'another case and no underscores',
      body: caa({ caaDomains: ['ca.example'] }),
      path: ['caa_check_parameters', 'caaDomains'],
      advice: /did you mean 'caa_domains'\?/,
    },
    {
      name: 'a member one level too high',
      body: { ...CAA, quorum_count: 5 },
      path: ['quorum_count'],
      advice: /'quorum_count' is a member of orchestration_parameters/,
    },
    {
      name: 'a member one level too low',
      body: caa({ trace_identifier: 't' }),
      path: ['caa_check_parameters', 'trace_identifier'],
      advice: /'trace_identifier' is a member of the request itself/,
    },
    {
      name: 'a misspelled count',
      body: { ...CAA, orchestration_parameters: { perspectives_count: 5 } },
      path: ['orchestration_parameters', 'perspectives_count'],
      advice: /did you mean 'perspective_count'\?/,
    },
    {
      name: 'something far from anything',
      body: { ...CAA, 'x-request': 1 },
      path: ['x-request'],
      advice: /the members here are 'domain_or_ip_target', /,
    },
    {
      name: 'a name that every object has',
      body: caa({ constructor: 'x' }),
      path: ['caa_check_parameters', 'constructor'],
      advice: /the members here are 'certificate_type', /,
    },
    {
      name: 'a member of another validation method',
      body: dcv('acme-dns-01', { challenge_value: 'rv' }),
      path: ['dcv_check_parameters', 'challenge_value'],
      advice: /'challenge_value' is a member of dcv_check_parameters, for other validation methods/,
    },
    {
      name: 'a misspelled flag of a validation',
      body: dcv('dns-change', { require_exactmatch: true }),
      path: ['dcv_check_parameters', 'require_exactmatch'],
      advice: /did you mean 'require_exact_match'\?/,
    },
    {
      name: 'a misspelled member of a validation, a null',
      body: dcv('website-change', { matchregex: null }),
      path: ['dcv_check_parameters', 'matchregex'],
      advice: /did you mean 'match_regex'\?/,
    },
    {
      name: 'a unicode look-alike',
      body: { ...CAA, '\u0441heck_type': 'dcv' },
      path: ['\u0441heck_type'],
      advice: /did you mean 'check_type'\?/,
    },
  ];

  it.each(ROWS)('rejects under baseline-requirements: $name', ({ body, path, advice }) => {
    const [issue, ...others] = issuesOf(body);
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ type: 'extra_forbidden', msg: expect.stringMatching(advice) });
    const loc = issue?.loc.filter((step) => step !== 'MpicCaaRequest' && step !== 'MpicDcvRequest') ?? [];
    const methods: readonly (string | number)[] = Object.keys(SMALLEST);
    expect(loc.filter((step) => !methods.includes(step))).toEqual(path);
    expect(issue?.msg).toMatch(/^Extra inputs are not permitted; /);
  });

  it.each(ROWS)('leaves out and names under open-mpic: $name', ({ body, path }) => {
    const request = accept(body, 'open-mpic');
    expect(request.ignoredMembers).toEqual([path.join('.')]);
    const without = structuredClone(body);
    const holder = path
      .slice(0, -1)
      .reduce<Record<string, unknown>>((object, step) => object[step] as Record<string, unknown>, without);
    delete holder[path.at(-1) ?? ''];
    expect({ ...request, ignoredMembers: [] }).toEqual(accept(without, 'open-mpic'));
  });

  it('names headers of a request freely: they are no members', () => {
    expect(accept(dcv('acme-http-01', { http_headers: { Accept: 'x' } })).ignoredMembers).toEqual([]);
  });

  it('tells each of several, after the members that are wrong', () => {
    const body = { ...CAA, domain_or_ip_target: null, one: 1, caa_check_parameters: { two: 2 } };
    expect(issuesOf(body).map(({ type, loc }) => [type, loc.at(-1)])).toEqual([
      ['string_type', 'domain_or_ip_target'],
      ['extra_forbidden', 'two'],
      ['extra_forbidden', 'one'],
    ]);
    expect(accept({ ...body, domain_or_ip_target: 'a.example' }, 'open-mpic').ignoredMembers).toEqual([
      'caa_check_parameters.two',
      'one',
    ]);
  });

  it('still rejects wrong members under open-mpic, and not those that it left out', () => {
    expect(issuesOf({ ...CAA, one: 1, trace_identifier: 5 }, 'open-mpic')).toMatchObject([
      { type: 'string_type', loc: ['MpicCaaRequest', 'trace_identifier'] },
    ]);
  });

  it('bounds and escapes what it says of a body full of them', () => {
    const many = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [`\u001b[2J\u202e${'x'.repeat(300)}${index}`, index]),
    );
    const issues = issuesOf({ ...CAA, ...many });
    expect(issues).toHaveLength(25);
    expect(JSON.stringify(issues).length).toBeLessThan(25 * 1200);
    const { ignoredMembers } = accept({ ...CAA, ...many }, 'open-mpic');
    expect(ignoredMembers).toHaveLength(21);
    expect(ignoredMembers.at(-1)).toBe('2980 more');
    expect(ignoredMembers.join()).not.toMatch(/\p{Cc}|\p{Cf}/u);
  });

  it.each([
    {
      name: 'validations in a CAA request',
      body: { ...CAA, dcv_check_parameters: DNS_01 },
      member: 'dcv_check_parameters',
    },
    {
      name: 'nonsense in a CAA request',
      body: { ...CAA, dcv_check_parameters: { validation_method: 5 } },
      member: 'dcv_check_parameters',
    },
    {
      name: 'CAA parameters in a validation',
      body: { ...DCV, caa_check_parameters: {} },
      member: 'caa_check_parameters',
    },
    {
      name: 'a number in a validation',
      body: { ...DCV, caa_check_parameters: 5 },
      member: 'caa_check_parameters',
    },
    {
      name: 'both kinds without a check_type',
      body: { domain_or_ip_target: 'a.example', caa_check_parameters: {}, dcv_check_parameters: DNS_01 },
      member: 'caa_check_parameters',
    },
  ])('parameters of the other check are a contradiction: $name', ({ body, member }) => {
    expect(issuesOf(body)).toMatchObject([
      {
        type: 'extra_forbidden',
        loc: [expect.any(String), member],
        msg: expect.stringMatching(/second request/),
      },
    ]);
    expect(accept(body, 'open-mpic').ignoredMembers).toEqual([member]);
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
      name: 'is CAA with null DCV parameters',
      body: { ...target, dcv_check_parameters: null },
      expected: 'caa',
    },
  ])('$name', ({ body, expected }) => {
    expect(accept(body).checkType).toBe(expected);
  });

  it.each([
    { name: 'an unknown method', parameters: { validation_method: 'guess' }, type: 'union_tag_invalid' },
    { name: 'no method', parameters: {}, type: 'union_tag_not_found' },
    { name: 'a missing value', parameters: { validation_method: 'acme-dns-01' }, type: 'missing' },
    {
      name: 'a value of another type',
      parameters: { ...DNS_01, key_authorization_hash: 5 },
      type: 'string_type',
    },
    { name: 'a list', parameters: [], type: 'model_type' },
    { name: 'a text', parameters: 'acme-dns-01', type: 'model_type' },
    { name: 'false', parameters: false, type: 'model_type' },
    { name: 'zero', parameters: 0, type: 'model_type' },
  ])(
    'is a validation that is rejected, never a CAA check that passes, with $name',
    ({ parameters, type }) => {
      for (const policy of ['baseline-requirements', 'open-mpic'] as const) {
        const body = { ...target, dcv_check_parameters: parameters };
        expect(issuesOf(body, policy)).toMatchObject([
          { type, loc: expect.arrayContaining(['MpicDcvRequest']) },
        ]);
      }
    },
  );

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
        const parsed = parseMpicRequest(body, 'baseline-requirements');
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
