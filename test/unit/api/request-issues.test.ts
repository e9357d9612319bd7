import { describe, expect, it } from 'vitest';
import { CAA, DCV, issuesOf, parseJson } from './requests.ts';

const caaLoc = (...path: (string | number)[]) => ['MpicCaaRequest', ...path];

describe('parseMpicRequest refuses what has not the form of the API', () => {
  it.each([
    {
      name: 'a null target',
      body: { ...CAA, domain_or_ip_target: null },
      type: 'string_type',
      path: ['domain_or_ip_target'],
      input: null,
    },
    {
      name: 'a number as target',
      body: { ...CAA, domain_or_ip_target: 7 },
      type: 'string_type',
      path: ['domain_or_ip_target'],
      input: 7,
    },
    {
      name: 'no target',
      body: { check_type: 'caa' },
      type: 'missing',
      path: ['domain_or_ip_target'],
      input: { check_type: 'caa' },
    },
    {
      name: 'a target of 1001 characters',
      body: { ...CAA, domain_or_ip_target: 'a'.repeat(1001) },
      type: 'value_error',
      path: ['domain_or_ip_target'],
      input: 'a'.repeat(200),
    },
    {
      name: 'a number as trace identifier',
      body: { ...CAA, trace_identifier: 5 },
      type: 'string_type',
      path: ['trace_identifier'],
      input: 5,
    },
    {
      name: 'a trace identifier that would end a log line',
      body: { ...CAA, trace_identifier: 'a\nb' },
      type: 'value_error',
      path: ['trace_identifier'],
      input: 'a\nb',
    },
    {
      name: 'a trace identifier with an escape character',
      body: { ...CAA, trace_identifier: 'a\u001b[2J' },
      type: 'value_error',
      path: ['trace_identifier'],
      input: 'a\u001b[2J',
    },
    {
      name: 'a trace identifier that turns the text direction',
      body: { ...CAA, trace_identifier: 'a\u202eb' },
      type: 'value_error',
      path: ['trace_identifier'],
      input: 'a\u202eb',
    },
    {
      name: 'a trace identifier with half a surrogate pair',
      body: { ...CAA, trace_identifier: '\ud83d' },
      type: 'value_error',
      path: ['trace_identifier'],
      input: '\ud83d',
    },
    {
      name: 'a trace identifier of 257 characters',
      body: { ...CAA, trace_identifier: 't'.repeat(257) },
      type: 'value_error',
      path: ['trace_identifier'],
      input: 't'.repeat(200),
    },
    {
      name: 'a list as orchestration parameters',
      body: { ...CAA, orchestration_parameters: [] },
      type: 'model_type',
      path: ['orchestration_parameters'],
      input: [],
    },
    {
      name: 'a fraction as a count',
      body: { ...CAA, orchestration_parameters: { perspective_count: 3.5 } },
      type: 'int_from_float',
      path: ['orchestration_parameters', 'perspective_count'],
      input: 3.5,
    },
    {
      name: 'a textual count',
      body: { ...CAA, orchestration_parameters: { quorum_count: '3' } },
      type: 'int_type',
      path: ['orchestration_parameters', 'quorum_count'],
      input: '3',
    },
    {
      name: 'true as a count',
      body: { ...CAA, orchestration_parameters: { max_attempts: true } },
      type: 'int_type',
      path: ['orchestration_parameters', 'max_attempts'],
      input: true,
    },
    {
      name: 'a list as a count',
      body: { ...CAA, orchestration_parameters: { cohort_for_single_attempt: [1] } },
      type: 'int_type',
      path: ['orchestration_parameters', 'cohort_for_single_attempt'],
      input: [1],
    },
    {
      name: 'a count beyond 53 bits',
      body: { ...CAA, orchestration_parameters: { max_attempts: 2 ** 60 } },
      type: 'value_error',
      path: ['orchestration_parameters', 'max_attempts'],
      input: 2 ** 60,
    },
    {
      name: 'text as CAA parameters',
      body: { ...CAA, caa_check_parameters: 'none' },
      type: 'model_type',
      path: ['caa_check_parameters'],
      input: 'none',
    },
    {
      name: 'an unknown certificate type',
      body: { ...CAA, caa_check_parameters: { certificate_type: 'tls' } },
      type: 'enum',
      path: ['caa_check_parameters', 'certificate_type'],
      input: 'tls',
    },
    {
      name: 'a null certificate type',
      body: { ...CAA, caa_check_parameters: { certificate_type: null } },
      type: 'enum',
      path: ['caa_check_parameters', 'certificate_type'],
      input: null,
    },
    {
      name: 'a textual boolean',
      body: { ...CAA, caa_check_parameters: { allow_lookup_failure: 'true' } },
      type: 'bool_type',
      path: ['caa_check_parameters', 'allow_lookup_failure'],
      input: 'true',
    },
    {
      name: 'a null boolean',
      body: { ...CAA, caa_check_parameters: { allow_lookup_failure: null } },
      type: 'bool_type',
      path: ['caa_check_parameters', 'allow_lookup_failure'],
      input: null,
    },
    {
      name: 'text in place of a list of CA domains',
      body: { ...CAA, caa_check_parameters: { caa_domains: 'ca.example' } },
      type: 'list_type',
      path: ['caa_check_parameters', 'caa_domains'],
      input: 'ca.example',
    },
    {
      name: 'a number among the CA domains',
      body: { ...CAA, caa_check_parameters: { caa_domains: ['ca.example', 5] } },
      type: 'string_type',
      path: ['caa_check_parameters', 'caa_domains', 1],
      input: 5,
    },
    {
      name: 'an empty CA domain, which could equal the empty issuer of a prohibition',
      body: { ...CAA, caa_check_parameters: { caa_domains: [''] } },
      type: 'value_error',
      path: ['caa_check_parameters', 'caa_domains', 0],
      input: '',
    },
    {
      name: 'more than 100 CA domains',
      body: { ...CAA, caa_check_parameters: { caa_domains: Array(101).fill('ca.example') } },
      type: 'value_error',
      path: ['caa_check_parameters', 'caa_domains'],
      input: 'list of 101 items',
    },
    {
      name: 'an account URI without a scheme',
      body: { ...CAA, caa_check_parameters: { accounturi_values: ['ca.example/acct/9'] } },
      type: 'value_error',
      path: ['caa_check_parameters', 'accounturi_values', 0],
      input: 'ca.example/acct/9',
    },
    {
      name: 'an RFC 8657 label with a comma',
      body: { ...CAA, caa_check_parameters: { validation_methods: ['dns-01,http-01'] } },
      type: 'value_error',
      path: ['caa_check_parameters', 'validation_methods', 0],
      input: 'dns-01,http-01',
    },
  ])('$name', ({ body, type, path, input }) => {
    expect(issuesOf(body)).toEqual([
      expect.objectContaining({ type, loc: caaLoc(...path), input, msg: expect.stringMatching(/\w+ \w+/) }),
    ]);
  });

  it.each([null, undefined, 'text', 7, true, [], [CAA]])('a body that is %j is no request', (body) => {
    expect(issuesOf(body).map(({ type, loc }) => [type, loc])).toEqual([
      ['model_type', ['MpicCaaRequest']],
      ['model_type', ['MpicDcvRequest']],
    ]);
  });

  it.each([null, 'CAA', 7, {}, '__proto__', 'constructor'])(
    'check type %j is a literal_error',
    (checkType) => {
      expect(issuesOf({ ...CAA, check_type: checkType })[0]).toMatchObject({
        type: 'literal_error',
        loc: ['MpicCaaRequest', 'check_type'],
        ctx: { expected: "'caa'" },
      });
    },
  );

  it('a number too large for any computer is refused and not echoed', () => {
    const parsed = parseJson(
      '{"check_type":"caa","domain_or_ip_target":"a.example","orchestration_parameters":{"max_attempts":1e999}}',
    );
    expect(parsed).toMatchObject({ ok: false, issues: [{ type: 'value_error', input: null }] });
  });

  it.each([
    { name: 'a hundred mistakes in a list', member: Array(100).fill(1), count: 25 },
    { name: 'a list far too long, whatever is in it', member: Array(20_000).fill(1), count: 1 },
  ])('$name cause few issues', ({ member, count }) => {
    expect(issuesOf({ ...CAA, caa_check_parameters: { caa_domains: member } })).toHaveLength(count);
  });

  it('mistakes in all parts of a DCV request are 25 at most together', () => {
    const wrong = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`h${index}`, index]));
    const parameters = { validation_method: 'website-change', challenge_value: 'v', http_headers: wrong };
    const issues = issuesOf({ ...DCV, trace_identifier: 4, dcv_check_parameters: parameters });
    expect(issues).toHaveLength(25);
    expect(issues[0]).toMatchObject({ loc: ['MpicDcvRequest', 'trace_identifier'] });
  });

  it('mistakes in all parts of a DCV request are told at once', () => {
    const body = { ...DCV, trace_identifier: 4, dcv_check_parameters: { validation_method: 'acme-dns-01' } };
    expect(issuesOf(body).map(({ type, loc }) => [type, loc.at(-1)])).toEqual([
      ['string_type', 'trace_identifier'],
      ['missing', 'key_authorization_hash'],
    ]);
  });
});
