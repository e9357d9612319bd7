import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMpicRequest } from '../../../../shared/contract/api/request-schema.ts';
import {
  jsonInvalidIssue,
  shortenInput,
  validationFailure,
} from '../../../../shared/contract/api/validation-issue.ts';

const ID = '0197a000-0000-7000-8000-000000000001';

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);

describe('shortenInput', () => {
  it.each([
    { name: 'a short text stays', input: 'a', expected: 'a' },
    { name: 'a text of 200 characters stays', input: 'a'.repeat(200), expected: 'a'.repeat(200) },
    { name: 'a text of 201 characters loses one', input: 'a'.repeat(201), expected: 'a'.repeat(200) },
    {
      name: 'a pair of surrogates is not cut in two',
      input: `${'a'.repeat(199)}\u{1f600}`,
      expected: 'a'.repeat(199),
    },
    { name: 'a number stays', input: 3.5, expected: 3.5 },
    { name: 'null stays', input: null, expected: null },
    { name: 'a small object stays', input: { a: [1, 'b'] }, expected: { a: [1, 'b'] } },
    { name: 'a long list is counted', input: Array(600).fill(1), expected: 'list of 600 items' },
    {
      name: 'an object with a long text is counted',
      input: { a: 'b'.repeat(1100) },
      expected: 'object with 1 members',
    },
    {
      name: 'an object with a long name is counted',
      input: { ['b'.repeat(1100)]: 1, c: 2 },
      expected: 'object with 2 members',
    },
    { name: 'deep nesting is not followed', input: nested(30_000), expected: 'list of 1 items' },
  ])('$name', ({ input, expected }) => {
    expect(shortenInput(input)).toEqual(expected);
  });

  it('never leaves more than about a kibibyte', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        // Escapes can make JSON text up to six times as long as the text it stands for.
        expect(JSON.stringify(shortenInput(value)).length).toBeLessThan(6 * 1100);
      }),
    );
  });
});

describe('issues of hostile requests stay small', () => {
  it.each([
    { name: 'a header name of 50,000 characters', member: { [`${'x'.repeat(50_000)}`]: 5 } },
    {
      name: 'thousands of bad headers',
      member: Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`h${index}`, 5])),
    },
    { name: 'a header value of 50,000 characters', member: { 'x-a': `${'x'.repeat(50_000)}\n` } },
  ])('$name', ({ member }) => {
    const parsed = parseMpicRequest(
      {
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example',
        dcv_check_parameters: {
          validation_method: 'acme-http-01',
          token: 't',
          key_authorization: 'k',
          http_headers: member,
        },
      },
      'baseline-requirements',
    );
    if (parsed.ok) throw new Error('accepted');
    expect(JSON.stringify(validationFailure(parsed.issues, ID)).length).toBeLessThan(16_384);
  });

  it('a method name of 50,000 characters', () => {
    const parsed = parseMpicRequest(
      {
        check_type: 'dcv',
        domain_or_ip_target: 'shop.example',
        dcv_check_parameters: { validation_method: 'x'.repeat(50_000) },
      },
      'baseline-requirements',
    );
    expect(JSON.stringify(parsed).length).toBeLessThan(4096);
  });
});

describe('validationFailure', () => {
  it('puts issues of both kinds into one envelope, in order', () => {
    const logical = {
      issue_type: 'invalid-perspective-count' as const,
      message: 'Invalid perspective count: 1',
    };
    const structural = jsonInvalidIssue('unexpected end of input');
    expect(validationFailure([logical, structural], ID)).toEqual({
      error: 'request-validation-failed',
      request_id: ID,
      validation_issues: [
        logical,
        {
          type: 'json_invalid',
          loc: [],
          msg: 'Invalid JSON: unexpected end of input',
          input: null,
          ctx: { error: 'unexpected end of input' },
        },
      ],
    });
  });
});
