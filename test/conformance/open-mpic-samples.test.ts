import { describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../shared/contract/api/request-schema.ts';
import { toMpicResponse } from '../../shared/contract/api/response.ts';
import { jsonInvalidIssue, validationFailure } from '../../shared/contract/api/validation-issue.ts';
import type { DcvParameters } from '../../shared/domain/check/check.ts';
import { frozen } from '../support/builders.ts';
import { answered, caaDetails, DECIDED_AT, dnsDetails, recordFor, verdictOf } from '../unit/api/builders.ts';

/**
 * Messages of the Open MPIC API as the reference implementation exchanges them (core 6.5.0, and additions in the source
 * of 6.6.0).
 */

const ID = '0197a000-0000-7000-8000-000000000001';
const HEX_DIGEST = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

interface Sample {
  readonly method: string;
  readonly sent: Record<string, unknown>;
  readonly echo: Record<string, unknown>;
  readonly parameters: Omit<DcvParameters, 'method'> & Record<string, unknown>;
}

const METHOD_SAMPLES: readonly Sample[] = [
  {
    method: 'website-change',
    sent: { http_token_path: 'v.txt', challenge_value: 'rv-81', http_headers: { 'User-Agent': 'ca-check' } },
    echo: {
      require_exact_case: true,
      challenge_value: 'rv-81',
      http_token_path: 'v.txt',
      url_scheme: 'http',
      http_headers: { 'User-Agent': 'ca-check' },
      match_regex: null,
    },
    parameters: {
      challengeValue: 'rv-81',
      httpTokenPath: 'v.txt',
      urlScheme: 'http',
      httpHeaders: { 'User-Agent': 'ca-check' },
      matchRegex: null,
      requireExactCase: true,
    },
  },
  {
    method: 'acme-http-01',
    sent: { token: 'tok_A1', key_authorization: 'tok_A1.thumb' },
    echo: {
      require_exact_case: true,
      token: 'tok_A1',
      key_authorization: 'tok_A1.thumb',
      http_headers: null,
    },
    parameters: { token: 'tok_A1', keyAuthorization: 'tok_A1.thumb', httpHeaders: null },
  },
  {
    method: 'acme-dns-01',
    sent: { key_authorization_hash: 'q83v' },
    echo: {
      require_exact_case: true,
      key_authorization_hash: 'q83v',
      dns_record_type: 'TXT',
      dns_name_prefix: '_acme-challenge',
    },
    parameters: { keyAuthorizationHash: 'q83v' },
  },
  {
    method: 'acme-tls-alpn-01',
    sent: { key_authorization_hash: HEX_DIGEST },
    echo: { require_exact_case: false, key_authorization_hash: HEX_DIGEST },
    parameters: { keyAuthorizationHash: HEX_DIGEST },
  },
  {
    method: 'dns-change',
    sent: {
      dns_record_type: 'CNAME',
      dns_name_prefix: '_dcv',
      challenge_value: 'abc.ca.example.',
      require_exact_match: true,
    },
    echo: {
      require_exact_case: false,
      challenge_value: 'abc.ca.example.',
      dns_name_prefix: '_dcv',
      dns_record_type: 'CNAME',
      require_exact_match: true,
    },
    parameters: {
      challengeValue: 'abc.ca.example.',
      recordType: 'CNAME',
      namePrefix: '_dcv',
      requireExactMatch: true,
      requireExactCase: false,
    },
  },
  {
    // New in 6.6; the account is the example of the draft, whose label is _ujmmovf2vn55tgye.
    method: 'dns-account-01',
    sent: {
      key_authorization_hash: 'q83v',
      acme_account_url: 'https://example.com/acme/acct/ExampleAccount',
    },
    echo: {
      require_exact_case: true,
      key_authorization_hash: 'q83v',
      acme_account_url: 'https://example.com/acme/acct/ExampleAccount',
      dns_record_type: 'TXT',
    },
    parameters: {
      keyAuthorizationHash: 'q83v',
      accountUri: 'https://example.com/acme/acct/ExampleAccount',
    },
  },
  {
    method: 'dns-persistent',
    sent: { issuer_domain_names: ['ca.example'], expected_account_uri: 'https://ca.example/acct/9' },
    echo: {
      require_exact_case: false,
      issuer_domain_names: ['ca.example'],
      expected_account_uri: 'https://ca.example/acct/9',
      dns_record_type: 'TXT',
      dns_name_prefix: '_validation-persist',
    },
    parameters: {
      issuerDomainNames: ['ca.example'],
      expectedAccountUri: 'https://ca.example/acct/9',
      requireWildcardPolicy: false,
    },
  },
  {
    method: 'contact-email-txt',
    sent: { challenge_value: 'dns@shop.example' },
    echo: {
      require_exact_case: false,
      challenge_value: 'dns@shop.example',
      dns_record_type: 'TXT',
      dns_name_prefix: '_validation-contactemail',
    },
    parameters: { challengeValue: 'dns@shop.example' },
  },
  {
    method: 'contact-phone-txt',
    sent: { challenge_value: '+49 30 1' },
    echo: {
      require_exact_case: false,
      challenge_value: '+49 30 1',
      dns_record_type: 'TXT',
      dns_name_prefix: '_validation-contactphone',
    },
    parameters: { challengeValue: '+49 30 1' },
  },
  {
    method: 'contact-email-caa',
    sent: { challenge_value: 'dns@shop.example' },
    echo: {
      require_exact_case: false,
      challenge_value: 'dns@shop.example',
      dns_name_prefix: null,
      dns_record_type: 'CAA',
    },
    parameters: { challengeValue: 'dns@shop.example', namePrefix: '' },
  },
  {
    method: 'contact-phone-caa',
    sent: { challenge_value: '+49 30 1' },
    echo: {
      require_exact_case: false,
      challenge_value: '+49 30 1',
      dns_name_prefix: null,
      dns_record_type: 'CAA',
    },
    parameters: { challengeValue: '+49 30 1', namePrefix: '' },
  },
  {
    method: 'ip-address',
    sent: { dns_record_type: 'AAAA', challenge_value: '2001:DB8::5' },
    echo: {
      require_exact_case: false,
      challenge_value: '2001:DB8::5',
      dns_name_prefix: null,
      dns_record_type: 'AAAA',
    },
    parameters: { challengeValue: '2001:DB8::5', recordType: 'AAAA', namePrefix: '' },
  },
  {
    method: 'reverse-address-lookup',
    sent: { challenge_value: 'shop.example.' },
    echo: {
      require_exact_case: false,
      challenge_value: 'shop.example.',
      dns_name_prefix: null,
      dns_record_type: 'PTR',
    },
    parameters: { challengeValue: 'shop.example.', namePrefix: '' },
  },
];

describe('Open MPIC requests', () => {
  it.each(METHOD_SAMPLES)('$method is parsed and echoed as in the reference', (sample) => {
    const { method, sent, echo, parameters } = sample;
    const parsed = parseMpicRequest(
      {
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example',
        dcv_check_parameters: { validation_method: method, ...sent },
      },
      'open-mpic',
    );
    expect(parsed).toMatchObject({ ok: true });
    if (!parsed.ok) return;
    expect(parsed.request.parameters).toEqual({
      checkType: 'dcv',
      dcv: { method, ...parameters },
      challengeCreatedAt: null,
      challengeType: null,
    });
    expect(parsed.request.echo.checkParameters).toEqual({ validation_method: method, ...echo });
    expect(Object.keys(parsed.request.echo.checkParameters ?? {})).toEqual([
      'validation_method',
      ...Object.keys(echo),
    ]);
  });

  it('the CAA request is parsed and echoed as in the reference', () => {
    const parsed = parseMpicRequest(
      {
        check_type: 'caa',
        domain_or_ip_target: '*.shop.example',
        trace_identifier: 't-17',
        orchestration_parameters: { perspective_count: 3, quorum_count: 2, max_attempts: 2 },
        caa_check_parameters: { certificate_type: 'tls-server', caa_domains: ['ca.example'] },
      },
      'open-mpic',
    );
    expect(parsed).toEqual({
      ok: true,
      request: {
        checkType: 'caa',
        target: '*.shop.example',
        traceIdentifier: 't-17',
        orchestration: { perspectiveCount: 3, quorumCount: 2, maxAttempts: 2, cohortForSingleAttempt: null },
        parameters: {
          checkType: 'caa',
          certificateType: 'tls-server',
          caaDomains: ['ca.example'],
          allowLookupFailure: false,
          accountUris: null,
          validationMethods: null,
          validationMethod: null,
          enforceLimits: false,
        },
        ignoredMembers: [],
        order: { reference: null, appliedFor: null, adnSteps: null, certificateType: null },
        echo: {
          order: {},
          domainOrIpTarget: '*.shop.example',
          orchestrationParameters: {
            perspective_count: 3,
            quorum_count: 2,
            max_attempts: 2,
            cohort_for_single_attempt: null,
          },
          checkParameters: {
            certificate_type: 'tls-server',
            caa_domains: ['ca.example'],
            allow_lookup_failure: false,
          },
        },
      },
    });
  });

  it('the smallest CAA request echoes null parameters', () => {
    const parsed = parseMpicRequest({ check_type: 'caa', domain_or_ip_target: 'shop.example' }, 'open-mpic');
    expect(parsed).toMatchObject({
      ok: true,
      request: { echo: { orchestrationParameters: null, checkParameters: null } },
    });
  });
});

describe('Open MPIC responses', () => {
  it('the CAA response has the members of the reference, with their values and in their order', () => {
    const record = recordFor({
      request: {
        check_type: 'caa',
        domain_or_ip_target: '*.shop.example',
        trace_identifier: 't-17',
        orchestration_parameters: { perspective_count: 3, quorum_count: 2, max_attempts: 2 },
        caa_check_parameters: { certificate_type: 'tls-server', caa_domains: ['ca.example'] },
      },
      cohorts: [['ca-west-1', 'eu-central-2', 'il-central-1']],
      quorumCount: 2,
      maxAttempts: 2,
      verdicts: [verdictOf(1, ['ca-west-1', 'eu-central-2', 'il-central-1'])],
    });
    const seen = ['0 issue "ca.example"', '0 iodef "mailto:sec@shop.example"'];
    const error = {
      type: 'mpic_error:caa_checker:lookup',
      message: 'CAA lookup for shop.example failed: all servers answered SERVFAIL',
    };
    const response = toMpicResponse(
      frozen(record, [
        answered('ca-west-1', {
          details: caaDetails({ recordPresent: true, foundAt: 'shop.example', recordsSeen: seen }),
        }),
        answered('eu-central-2', { details: caaDetails({ recordPresent: false }) }),
        answered('il-central-1', {
          completed: false,
          passed: false,
          errors: [error],
          details: caaDetails({ recordPresent: null }),
        }),
      ]),
    );
    expect(response).toMatchObject({
      mpic_completed: true,
      request_orchestration_parameters: {
        perspective_count: 3,
        quorum_count: 2,
        max_attempts: 2,
        cohort_for_single_attempt: null,
      },
      actual_orchestration_parameters: { perspective_count: 3, quorum_count: 2, attempt_count: 1 },
      check_type: 'caa',
      domain_or_ip_target: '*.shop.example',
      is_valid: true,
      trace_identifier: 't-17',
      perspectives: [
        {
          perspective_code: 'ca-west-1',
          check_response: {
            check_completed: true,
            check_passed: true,
            errors: null,
            check_type: 'caa',
            details: { caa_record_present: true, found_at: 'shop.example', records_seen: seen },
          },
        },
        {
          perspective_code: 'eu-central-2',
          check_response: {
            errors: null,
            details: { caa_record_present: false, found_at: null, records_seen: null },
          },
        },
        {
          perspective_code: 'il-central-1',
          check_response: {
            check_completed: false,
            check_passed: false,
            errors: [{ error_type: error.type, error_message: `${error.message}. Trace ID: t-17` }],
            details: { caa_record_present: null, found_at: null, records_seen: null },
          },
        },
      ],
      caa_check_parameters: {
        certificate_type: 'tls-server',
        caa_domains: ['ca.example'],
        allow_lookup_failure: false,
      },
      previous_attempt_results: null,
    });
    expect(Object.keys(response)).toEqual([
      'mpic_completed',
      'request_orchestration_parameters',
      'actual_orchestration_parameters',
      'check_type',
      'domain_or_ip_target',
      'is_valid',
      'trace_identifier',
      'perspectives',
      'caa_check_parameters',
      'previous_attempt_results',
      'mpic_id',
      'checked_identifier',
      'created_at',
      'completed_at',
      'usable_until',
      'baseline_requirements',
    ]);
  });

  it('a passed DNS check has the details of the reference', () => {
    const record = recordFor({
      request: {
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example',
        dcv_check_parameters: { validation_method: 'acme-dns-01', key_authorization_hash: 'q83v' },
      },
      cohorts: [['us-west-2', 'me-central-1']],
      verdicts: [verdictOf(1, ['us-west-2', 'me-central-1'])],
    });
    const details = dnsDetails('acme-dns-01', {
      recordsSeen: ['q83v'],
      foundAt: '_acme-challenge.shop.example',
    });
    const response = toMpicResponse(frozen(record, [answered('us-west-2', { details })]));
    expect(response.perspectives[0]?.check_response.details).toMatchObject({
      validation_method: 'acme-dns-01',
      records_seen: ['q83v'],
      response_code: 0,
      ad_flag: false,
      found_at: '_acme-challenge.shop.example',
      cname_chain: [],
    });
    expect(Object.keys(response)).toContain('dcv_check_parameters');
    expect(Object.keys(response)).not.toContain('caa_check_parameters');
  });

  it('a perspective without a result looks as in the reference', () => {
    const record = recordFor({
      request: {
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example',
        trace_identifier: 't-17',
        dcv_check_parameters: { validation_method: 'acme-dns-01', key_authorization_hash: 'q83v' },
      },
      cohorts: [['sa-east-1']],
      verdicts: [verdictOf(1, [])],
    });
    expect(toMpicResponse(record).perspectives).toEqual([
      {
        perspective_code: 'sa-east-1',
        check_response: {
          check_completed: false,
          check_passed: false,
          errors: [
            {
              error_type: 'mpic_error:coordinator:remote_check',
              error_message:
                'Check failed for perspective sa-east-1, target shop.example: no result before the decision; trace ID: t-17',
            },
          ],
          timestamp_ns: DECIDED_AT * 1e6,
          check_type: 'dcv',
          details: {
            validation_method: 'acme-dns-01',
            records_seen: null,
            response_code: null,
            ad_flag: null,
            found_at: null,
            cname_chain: null,
          },
        },
      },
    ]);
  });
});

describe('Open MPIC validation failures', () => {
  it('a logical issue has the envelope of the reference, and an id', () => {
    const issue = { issue_type: 'invalid-quorum-count' as const, message: 'Invalid quorum count: 5' };
    expect(validationFailure([issue], ID)).toEqual({
      error: 'request-validation-failed',
      validation_issues: [issue],
      request_id: ID,
    });
  });

  it('an unknown check type is a literal_error, first of the CAA model, then of the DCV model', () => {
    const parsed = parseMpicRequest({ check_type: 'dvc', domain_or_ip_target: 'shop.example' }, 'open-mpic');
    expect(parsed).toEqual({
      ok: false,
      issues: [
        {
          type: 'literal_error',
          loc: ['MpicCaaRequest', 'check_type'],
          msg: "Input should be 'caa'",
          input: 'dvc',
          ctx: { expected: "'caa'" },
        },
        {
          type: 'literal_error',
          loc: ['MpicDcvRequest', 'check_type'],
          msg: "Input should be 'dcv'",
          input: 'dvc',
          ctx: { expected: "'dcv'" },
        },
      ],
    });
  });

  it('a null target is reported first, as string_type', () => {
    const parsed = parseMpicRequest(
      {
        check_type: 'dcv',
        domain_or_ip_target: null,
        orchestration_parameters: 7,
      },
      'open-mpic',
    );
    expect(parsed).toMatchObject({
      ok: false,
      issues: [
        {
          type: 'string_type',
          loc: ['MpicDcvRequest', 'domain_or_ip_target'],
          msg: 'Input should be a valid string',
          input: null,
        },
        { type: 'model_type', loc: ['MpicDcvRequest', 'orchestration_parameters'] },
        { type: 'missing', loc: ['MpicDcvRequest', 'dcv_check_parameters'] },
      ],
    });
  });

  it('a body that is not JSON has an empty path', () => {
    expect(jsonInvalidIssue('expected value at line 1')).toMatchObject({
      type: 'json_invalid',
      loc: [],
      msg: 'Invalid JSON: expected value at line 1',
    });
  });
});
