import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toAccepted, toJobView, toMpicResponse } from '../../../../shared/contract/api/response.ts';
import type { Target } from '../../../../shared/domain/check/check.ts';
import { frozen, readable } from '../../../support/builders.ts';
import {
  answered,
  COMPLETED_AT,
  CREATED_AT,
  caaDetails,
  DECIDED_AT,
  REQUEST_ID,
  recordFor,
  verdictOf,
} from '../../api/builders.ts';
import { ACME_TOKEN, BASE64URL_DIGEST } from '../../api/dcv-requests.ts';

const CAA = { check_type: 'caa', domain_or_ip_target: 'shop.example' };
const ONE_COHORT = [['p1', 'p2', 'p3']];

const completedRecord = (changes: Partial<Parameters<typeof recordFor>[0]> = {}) =>
  recordFor({ request: CAA, cohorts: ONE_COHORT, verdicts: [verdictOf(1, ['p1', 'p2', 'p3'])], ...changes });

const codesOf = (items: readonly { perspective_code: string }[]) =>
  items.map((item) => item.perspective_code);
const silentOf = (items: readonly { check_response: { errors: unknown } }[]) =>
  items.map((item) => JSON.stringify(item.check_response.errors ?? '').includes('coordinator:remote_check'));

describe('toMpicResponse', () => {
  it('lists perspectives in cohort order, whatever the order of the results', () => {
    const response = toMpicResponse(
      frozen(completedRecord(), [answered('p3'), answered('p1'), answered('p2')]),
    );
    expect(codesOf(response.perspectives)).toEqual(['p1', 'p2', 'p3']);
  });

  it.each([
    { name: 'no result at all', counted: [], results: [], silent: [true, true, true] },
    {
      name: 'a result that was not counted',
      counted: ['p1', 'p3'],
      results: ['p1', 'p2', 'p3'],
      silent: [false, true, false],
    },
    {
      name: 'a result of a stranger',
      counted: ['p1', 'p2', 'stranger'],
      results: ['p1', 'p2', 'stranger'],
      silent: [false, false, true],
    },
    {
      name: 'a counted result that cannot be read any more',
      counted: ['p1', 'p2', 'p3'],
      results: ['p2', 'p3'],
      silent: [true, false, false],
    },
  ])('shows silence for $name', ({ counted, results, silent }) => {
    const record = completedRecord({ verdicts: [verdictOf(1, counted)] });
    const seen = results.map((code) => answered(code));
    const response = toMpicResponse(frozen(record, seen));
    expect(codesOf(response.perspectives)).toEqual(['p1', 'p2', 'p3']);
    expect(silentOf(response.perspectives)).toEqual(silent);
  });

  it('takes no result of another attempt', () => {
    const response = toMpicResponse(frozen(completedRecord(), [answered('p1', { attempt: 2 })]));
    expect(silentOf(response.perspectives)).toEqual([true, true, true]);
  });

  it('gives earlier attempts separately, each with its own cohort', () => {
    const record = completedRecord({
      cohorts: [
        ['p1', 'p2'],
        ['p3', 'p4'],
      ],
      maxAttempts: 3,
      verdicts: [
        verdictOf(1, ['p1'], { isValid: false }),
        verdictOf(2, [], { isValid: false }),
        verdictOf(3, ['p2']),
      ],
    });
    const seen = [answered('p1'), answered('p1', { attempt: 3 }), answered('p2', { attempt: 3 })];
    const response = toMpicResponse(frozen(record, seen));
    // Two cohorts serve three attempts: the third uses the first cohort again.
    expect(codesOf(response.perspectives)).toEqual(['p1', 'p2']);
    expect(silentOf(response.perspectives)).toEqual([true, false]);
    expect(response.previous_attempt_results?.map(codesOf)).toEqual([
      ['p1', 'p2'],
      ['p3', 'p4'],
    ]);
    expect(response.previous_attempt_results?.map(silentOf)).toEqual([
      [false, true],
      [true, true],
    ]);
    expect(response.actual_orchestration_parameters).toEqual({
      perspective_count: 2,
      quorum_count: 1,
      attempt_count: 3,
    });
  });

  it('has null, not an empty list, when the first attempt settled it', () => {
    expect(toMpicResponse(completedRecord()).previous_attempt_results).toBeNull();
  });

  it('says no trace ID when there is none', () => {
    const [item] = toMpicResponse(completedRecord({ verdicts: [verdictOf(1, [])] })).perspectives;
    expect(item?.check_response.errors).toEqual([
      {
        error_type: 'mpic_error:coordinator:remote_check',
        error_message: 'Check failed for perspective p1, target shop.example: no result before the decision',
      },
    ]);
    expect(item?.check_response.timestamp_ns).toBe(DECIDED_AT * 1e6);
  });

  it('reports the verdict and how it measures against the Baseline Requirements', () => {
    const baseline = {
      satisfied: false,
      quorum: '1/3',
      required: 2,
      minimumPerspectives: 5,
      rirs: ['ARIN'],
      rulebook: { tlsBr: '2.3.1', smimeBr: '1.0.16', digest: 'd'.repeat(64) },
      rulesAsOf: '2026-12-15',
      primary: { status: 'pending', code: 'home' },
      reasons: ['too-few-perspectives'],
    } as const;
    const verdicts = [verdictOf(1, ['p1'], { isValid: false, mpicCompleted: false, baseline })];
    const response = toMpicResponse(frozen(completedRecord({ verdicts }), [answered('p1')]));
    expect(response).toMatchObject({
      is_valid: false,
      mpic_completed: false,
      mpic_id: REQUEST_ID,
      baseline_requirements: {
        satisfied: false,
        quorum: '1/3',
        required: 2,
        minimum_perspectives: 5,
        rirs: ['ARIN'],
        rulebook: { tls_br: '2.3.1', smime_br: '1.0.16', digest: 'd'.repeat(64) },
        rules_as_of: '2026-12-15',
        primary: { status: 'pending', perspective_code: 'home' },
        reasons: ['too-few-perspectives'],
      },
    });
    expect(Object.keys(response).slice(-6)).toEqual([
      'mpic_id',
      'checked_identifier',
      'created_at',
      'completed_at',
      'usable_until',
      'baseline_requirements',
    ]);
  });

  it.each<{ name: string; target: Target; checked: string }>([
    {
      name: 'a name in A-labels',
      target: { kind: 'domain', name: 'xn--fa-hia.example', wildcard: false },
      checked: 'xn--fa-hia.example',
    },
    {
      name: 'a wildcard',
      target: { kind: 'domain', name: 'shop.example', wildcard: true },
      checked: '*.shop.example',
    },
    {
      name: 'an address',
      target: { kind: 'ip', address: '2001:db8::5', family: 6 },
      checked: '2001:db8::5',
    },
    {
      name: 'a reverse name, as the address it stands for',
      target: { kind: 'reverse-name', name: '5.2.0.192.in-addr.arpa', address: '192.0.2.5', family: 4 },
      checked: '192.0.2.5',
    },
  ])('names what was checked: $name', ({ target, checked }) => {
    const record = completedRecord();
    const about = { ...record, check: { ...record.check, target } };
    expect(toMpicResponse(about)).toMatchObject({
      domain_or_ip_target: 'shop.example',
      checked_identifier: checked,
      created_at: new Date(CREATED_AT).toISOString(),
      completed_at: new Date(DECIDED_AT).toISOString(),
    });
    expect(toAccepted(about).checked_identifier).toBe(checked);
    expect(toJobView(about, []).checked_identifier).toBe(checked);
  });

  it('has every member of the API also when all values are missing', () => {
    const text = JSON.stringify(toMpicResponse(completedRecord()));
    const response: Record<string, unknown> = JSON.parse(text);
    expect(response).toMatchObject({
      request_orchestration_parameters: null,
      trace_identifier: null,
      caa_check_parameters: null,
      previous_attempt_results: null,
    });
    expect(response).not.toHaveProperty('dcv_check_parameters');
    expect(response).not.toHaveProperty('primary_perspective');
    expect(response).not.toHaveProperty('advisories');
  });

  it.each([
    { name: 'its answer when it was counted', counted: ['p1', 'home'], silent: false },
    { name: 'its silence when it was not', counted: ['p1'], silent: true },
  ])('gives the designated primary perspective apart from the others: $name', ({ counted, silent }) => {
    const record = completedRecord({ primary: 'home', verdicts: [verdictOf(1, counted)] });
    const response = toMpicResponse(frozen(record, [answered('p1'), answered('home')]));
    expect(codesOf(response.perspectives)).not.toContain('home');
    expect(response.primary_perspective?.perspective_code).toBe('home');
    expect(silentOf(response.primary_perspective ? [response.primary_perspective] : [])).toEqual([silent]);
  });

  it('refuses to answer a request without a verdict', () => {
    const record = recordFor({ request: CAA, cohorts: ONE_COHORT });
    expect(() => toMpicResponse(record)).toThrow(/no verdict/);
  });

  it.each([
    { name: 'a random value of 18 characters', method: 'dns-change', value: 'a'.repeat(18), advised: true },
    {
      name: 'a random value of 19 characters',
      method: 'dns-change',
      value: `${'Zk3'.repeat(6)}x`,
      advised: false,
    },
    {
      name: 'a random value of 19 hexadecimal digits',
      method: 'dns-change',
      value: `${'0f'.repeat(9)}a`,
      advised: true,
    },
    {
      name: 'a random value of 28 hexadecimal digits',
      method: 'dns-change',
      value: '0f'.repeat(14),
      advised: false,
    },
    { name: 'a random value of 33 digits', method: 'dns-change', value: '3'.repeat(33), advised: true },
    { name: 'a short random value on a page', method: 'website-change', value: 'rv-81', advised: true },
    {
      name: 'a contact, which is no secret',
      method: 'contact-email-txt',
      value: 'a@b.example',
      advised: false,
    },
    { name: 'an address, which is no secret', method: 'ip-address', value: '192.0.2.5', advised: false },
  ])('$name: advised to be too short $advised', ({ method, value, advised }) => {
    const parameters = {
      validation_method: method,
      challenge_value: value,
      ...(method === 'dns-change' ? { dns_record_type: 'TXT' } : {}),
      ...(method === 'ip-address' ? { dns_record_type: 'A' } : {}),
      ...(method === 'website-change' ? { http_token_path: 'v.txt' } : {}),
    };
    const record = completedRecord({
      request: { check_type: 'dcv', domain_or_ip_target: 'shop.example', dcv_check_parameters: parameters },
    });
    const { advisories } = toMpicResponse(record);
    const codes = advisories?.map(({ code }) => code) ?? [];
    expect(codes.filter((code) => code !== 'method-discouraged')).toEqual(advised ? ['short-challenge'] : []);
    // The secret itself has no place in a sentence that may be logged.
    expect(JSON.stringify(advisories ?? [])).not.toContain(value);
  });

  it.each([
    { name: 'a whole thumbprint', thumbprint: BASE64URL_DIGEST, advised: false },
    { name: 'a thumbprint that is too short', thumbprint: 'thumb', advised: true },
  ])('$name after the token: advisory $advised', ({ thumbprint, advised }) => {
    const parameters = {
      validation_method: 'acme-http-01',
      token: ACME_TOKEN,
      key_authorization: `${ACME_TOKEN}.${thumbprint}`,
    };
    const record = completedRecord({
      request: { check_type: 'dcv', domain_or_ip_target: 'shop.example', dcv_check_parameters: parameters },
    });
    const { advisories } = toMpicResponse(record);
    expect(advisories?.map(({ code }) => code) ?? []).toEqual(advised ? ['key-authorization-form'] : []);
  });

  it('says which special-purpose networks its perspectives could connect to', () => {
    const results = [answered('p1', { allowedNetworks: ['127.0.0.0/8'] }), answered('p2')];
    const response = toMpicResponse(frozen(completedRecord(), results));
    expect(response.advisories).toEqual([
      { code: 'lab-network', message: expect.stringContaining('127.0.0.0/8') },
    ]);
  });

  it('says in every answer when all perspectives looked from one machine', () => {
    const response = toMpicResponse(completedRecord({ sharedHost: true }));
    expect(response.advisories).toEqual([
      { code: 'shared-host', message: expect.stringContaining('from one machine') },
    ]);
  });

  it.each([
    { name: 'a primary that is not declared', primary: null, primarySite: null, advised: true },
    { name: 'a primary at a declared site', primary: null, primarySite: 'head office', advised: false },
    { name: 'a designated primary', primary: 'home', primarySite: null, advised: false },
  ])('$name: advised to declare it $advised', ({ primary, primarySite, advised }) => {
    const { advisories } = toMpicResponse(completedRecord({ primary, primarySite }));
    expect(advisories?.map(({ code }) => code) ?? []).toEqual(advised ? ['primary-not-declared'] : []);
  });

  it('always lists exactly the cohort', () => {
    const code = fc.constantFrom('p1', 'p2', 'p3', 'stranger');
    const result = fc.record({ code, attempt: fc.integer({ min: 1, max: 3 }) });
    fc.assert(
      fc.property(fc.uniqueArray(code), fc.array(result), (counted, results) => {
        const seen = results.map((row) => answered(row.code, { attempt: row.attempt }));
        const response = toMpicResponse(frozen(completedRecord({ verdicts: [verdictOf(1, counted)] }), seen));
        expect(codesOf(response.perspectives)).toEqual(['p1', 'p2', 'p3']);
      }),
    );
  });
});

describe('toAccepted', () => {
  it('tells the id and when the last possible attempt ends', () => {
    const record = recordFor({ request: CAA, cohorts: ONE_COHORT, maxAttempts: 3, async: true });
    expect(toAccepted(record)).toEqual({
      mpic_id: REQUEST_ID,
      checked_identifier: 'shop.example',
      status: 'running',
      created_at: new Date(CREATED_AT).toISOString(),
      deadline: new Date(CREATED_AT + 30_000).toISOString(),
    });
  });
});

describe('toJobView', () => {
  it('shows what is in while the request runs', () => {
    const record = recordFor({ request: CAA, cohorts: ONE_COHORT });
    const view = toJobView(record, [readable(answered('p3')), readable(answered('p1'))]);
    expect(Object.keys(view)).toEqual([
      'mpic_id',
      'checked_identifier',
      'status',
      'created_at',
      'completed_at',
      'usable_until',
      'deadline',
      'attempt',
      'progress',
      'perspectives',
      'response',
      'late_results',
    ]);
    expect(view).toMatchObject({
      status: 'running',
      completed_at: null,
      deadline: new Date(CREATED_AT + 10_000).toISOString(),
      attempt: 1,
      progress: { expected: 3, received: 2 },
      response: null,
      late_results: [],
    });
    expect(codesOf(view.perspectives)).toEqual(['p1', 'p3']);
  });

  it('counts neither strangers nor earlier attempts nor the designated primary perspective', () => {
    const record = recordFor({
      request: CAA,
      cohorts: ONE_COHORT,
      primary: 'home',
      attempt: 2,
      status: 'running',
      completedAt: null,
      verdicts: [verdictOf(1, [])],
    });
    const results = [
      answered('p1'),
      answered('stranger', { attempt: 2 }),
      answered('home', { attempt: 2 }),
      answered('p2', { attempt: 2 }),
    ];
    const view = toJobView(record, results.map(readable));
    expect(view.progress).toEqual({ expected: 3, received: 1 });
    expect(codesOf(view.perspectives)).toEqual(['p2']);
    expect(view.response).toBeNull();
    expect(view.late_results).toMatchObject([{ perspective_code: 'p1', attempt: 1 }]);
  });

  it('holds the response and late results once the request is completed', () => {
    const counted = [answered('p1'), answered('p2')];
    const record = frozen(completedRecord({ verdicts: [verdictOf(1, ['p1', 'p2'])] }), counted);
    const late = answered('p3', {
      completedAt: DECIDED_AT + 5,
      details: caaDetails({ recordPresent: true }),
    });
    const view = toJobView(record, [...counted, late].map(readable));
    expect(view).toMatchObject({
      status: 'completed',
      completed_at: new Date(DECIDED_AT).toISOString(),
      progress: { expected: 3, received: 2 },
    });
    expect(view.response).toEqual(toMpicResponse(record));
    expect(view.late_results).toMatchObject([
      { perspective_code: 'p3', attempt: 1, check_response: { check_passed: true } },
    ]);
  });

  it('does not let a late result into the perspectives of a completed request', () => {
    const results = [answered('p1'), answered('p2', { completedAt: COMPLETED_AT })];
    const record = frozen(completedRecord({ verdicts: [verdictOf(1, ['p1'])] }), results);
    const view = toJobView(record, results.map(readable));
    expect(codesOf(view.perspectives)).toEqual(['p1']);
    expect(silentOf(view.response?.perspectives ?? [])).toEqual([false, true, true]);
    expect(codesOf(view.late_results)).toEqual(['p2']);
  });
});

describe('Evidence that is too long for one answer', () => {
  const MANY = Array.from({ length: 64 }, (_, index) => `p${index}`);
  const LIMIT = 6_000_000;
  /** As much as a perspective can have stored; of characters that JSON writes as six. */
  const huge = (code: string, attempt: number) => {
    const text = '\u0001'.repeat(40_000);
    const vote = readable({ ...answered(code, { attempt }), details: caaDetails({ recordsSeen: [text] }) });
    return { ...vote, bytes: Buffer.byteLength(JSON.stringify(vote)) };
  };
  const whole = (attempts: number, small = 0) => {
    const numbers = Array.from({ length: attempts }, (_, index) => index + 1);
    const record = recordFor({
      request: CAA,
      cohorts: [MANY],
      maxAttempts: attempts,
      verdicts: numbers.map((number) => verdictOf(number, MANY, { isValid: number === attempts })),
    });
    const votesOf = (number: number) =>
      MANY.map((code, index) =>
        index < small
          ? readable({
              ...answered(code, { attempt: number }),
              details: caaDetails({ recordsSeen: ['0 issue "ca.example"'] }),
            })
          : huge(code, number),
      );
    const verdicts = record.verdicts.map((verdict) => ({ ...verdict, results: votesOf(verdict.attempt) }));
    return { ...record, verdicts };
  };
  const bytesOf = (body: unknown) => Buffer.byteLength(JSON.stringify(body));
  const hasEvidence = (items: readonly { check_response: { details: unknown } }[]) =>
    items.map(({ check_response }) => JSON.stringify(check_response.details).includes('issue'));

  it.each([1, 3, 10])('is left out after %i attempts, the longest first, and the answer fits', (attempts) => {
    const record = whole(attempts, 3);
    const response = toMpicResponse(record);
    expect(bytesOf(response)).toBeLessThan(LIMIT);
    expect(
      bytesOf(
        toJobView(
          record,
          MANY.map((code) => huge(code, attempts)),
        ),
      ),
    ).toBeLessThan(LIMIT);
    expect(response.is_valid).toBe(true);
    expect(response.perspectives).toHaveLength(64);
    expect(response.advisories?.map(({ code }) => code)).toContain('evidence-left-out');
    expect(hasEvidence(response.perspectives.slice(0, 3))).toEqual([true, true, true]);
    expect(response.perspectives.every(({ check_response }) => check_response.check_passed)).toBe(true);
    expect(toJobView(record, []).response).toEqual(response);
  });

  it('is left out of what is shown of a request that runs, and of what came too late', () => {
    const { verdicts: _, ...running } = whole(1);
    const view = toJobView(
      { ...running, status: 'running', completedAt: null, verdicts: [] },
      MANY.map((code) => huge(code, 1)),
    );
    expect(view.perspectives).toHaveLength(64);
    expect(bytesOf(view)).toBeLessThan(LIMIT);
    const late = frozen(completedRecord({ verdicts: [verdictOf(1, [])] }), []);
    const shown = toJobView(
      { ...late, cohorts: [MANY.map((code) => ({ code, rir: 'ARIN' as const }))] },
      MANY.map((code) => huge(code, 1)),
    );
    expect(shown.late_results).toHaveLength(64);
    expect(bytesOf(shown)).toBeLessThan(LIMIT);
  });

  it('is all there where it fits', () => {
    const record = frozen(completedRecord(), [answered('p1'), answered('p2'), answered('p3')]);
    const response = toMpicResponse(record);
    expect(response.advisories?.map(({ code }) => code) ?? []).not.toContain('evidence-left-out');
  });
});
