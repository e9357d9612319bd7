import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJsonText } from '../../../services/api/json-text.ts';
import { MAX_BODY_BYTES } from '../../../services/api/read-body.ts';
import { parseMpicRequest } from '../../../shared/contract/api/request-schema.ts';
import {
  jsonInvalidIssue,
  type ValidationIssue,
  validationFailure,
} from '../../../shared/contract/api/validation-issue.ts';
import type { Policy } from '../../../shared/domain/check/check.ts';
import { normaliseTarget } from '../../../shared/domain/net/target.ts';

const ID = '0197a000-0000-7000-8000-000000000001';
const CONTROL = /\p{Cc}/u;
/** What is echoed is at most 200 characters of a text, each at most six in JSON; the rest are paths and sentences. */
const MAX_ISSUE_CHARACTERS = 6 * (200 + 200) + 1000;

/** What a body is answered with when it is refused; none when it is not. */
function issuesOf(body: string, policy: Policy = 'baseline-requirements'): readonly ValidationIssue[] {
  const json = parseJsonText(Buffer.from(body));
  if (!json.ok) return [jsonInvalidIssue(json.message)];
  const parsed = parseMpicRequest(json.value, policy);
  if (!parsed.ok) return parsed.issues;
  const { checkType, target, parameters } = parsed.request;
  const method = parameters.checkType === 'dcv' ? parameters.dcv.method : undefined;
  const result = normaliseTarget(target, { allowTestNames: false, checkType, method });
  return result.ok ? [] : [{ issue_type: result.code, message: result.message }];
}

const textsFor = (issue: ValidationIssue) => ('msg' in issue ? [issue.msg] : [issue.message]);

const caa = (member: object) => ({ check_type: 'caa', domain_or_ip_target: 'shop.example.com', ...member });
const dcv = (member: object) => ({
  check_type: 'dcv',
  domain_or_ip_target: 'shop.example.com',
  dcv_check_parameters: {
    validation_method: 'acme-http-01',
    token: 'tok_A1',
    key_authorization: 'tok_A1.thumb',
    ...member,
  },
});

const PLACES: readonly { readonly name: string; readonly bodyWith: (text: string) => object }[] = [
  { name: 'trace_identifier', bodyWith: (text) => caa({ trace_identifier: text }) },
  { name: 'domain_or_ip_target', bodyWith: (text) => caa({ domain_or_ip_target: text }) },
  {
    name: 'domain_or_ip_target of a validation',
    bodyWith: (text) => ({ ...dcv({}), domain_or_ip_target: text }),
  },
  { name: 'check_type', bodyWith: (text) => caa({ check_type: text }) },
  { name: 'orchestration_parameters', bodyWith: (text) => caa({ orchestration_parameters: text }) },
  {
    name: 'a count',
    bodyWith: (text) => caa({ orchestration_parameters: { perspective_count: text } }),
  },
  {
    name: 'certificate_type',
    bodyWith: (text) => caa({ caa_check_parameters: { certificate_type: text } }),
  },
  {
    name: 'an account URI',
    bodyWith: (text) => caa({ caa_check_parameters: { accounturi_values: [text] } }),
  },
  { name: 'a validation method', bodyWith: (text) => dcv({ validation_method: text }) },
  { name: 'a token', bodyWith: (text) => dcv({ token: text }) },
  { name: 'the name of a header', bodyWith: (text) => dcv({ http_headers: { [text]: 'v' } }) },
  { name: 'the value of a header', bodyWith: (text) => dcv({ http_headers: { accept: text } }) },
];

const BIDI_AND_CONTROLS = '\u0007\u009b31m\u202e\u2028\u007f\0\r\n"\\';

describe('A 400 repeats little of what was sent', () => {
  it.each(PLACES)('of $name, and its sentences hold no control characters', ({ bodyWith }) => {
    const units = fc.constantFrom(...BIDI_AND_CONTROLS, 'a', '.', ':', 'ü', '\u{1f600}', '\u{e0061}');
    const hostile = fc
      .tuple(fc.array(units, { minLength: 1, maxLength: 30 }), fc.nat(400))
      .map(([parts, times]) => `\u0007${parts.join('').repeat(times + 1)}`);
    fc.assert(
      fc.property(hostile, (text) => {
        const issues = issuesOf(JSON.stringify(bodyWith(text)));
        expect(issues).not.toEqual([]);
        expect(issues.flatMap(textsFor).filter((sentence) => CONTROL.test(sentence))).toEqual([]);
        const answer = JSON.stringify(validationFailure(issues, ID));
        expect([...answer].filter((character) => character < ' ')).toEqual([]);
        expect(answer.length).toBeLessThan(issues.length * MAX_ISSUE_CHARACTERS + 100);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    { name: 'a member twice', bodyOf: (text: string) => `{${text}:1,${text}:2}` },
    { name: 'no value', bodyOf: (text: string) => `{${text}:}` },
    { name: 'half a pair below it', bodyOf: (text: string) => `{${text}:"\\ud800"}` },
    { name: 'a number too large below it', bodyOf: (text: string) => `{${text}:[1e999]}` },
    {
      name: 'too many levels below it',
      bodyOf: (text: string) => `{${text}:`.repeat(17) + 1 + '}'.repeat(17),
    },
    { name: 'no end', bodyOf: (text: string) => `{${text}` },
  ])('about JSON with $name, and holds no control characters', ({ bodyOf }) => {
    for (const name of [
      BIDI_AND_CONTROLS,
      BIDI_AND_CONTROLS.repeat(100),
      'x'.repeat(3000),
      '\u{e0061}'.repeat(500),
    ]) {
      const body = bodyOf(JSON.stringify(name));
      const issues = issuesOf(body);
      expect(issues).toMatchObject([{ type: 'json_invalid', loc: [], input: null }]);
      expect(issues.flatMap(textsFor).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(JSON.stringify(validationFailure(issues, ID)).length).toBeLessThan(8192);
    }
  });

  it.each([
    { name: 'bad account URIs', member: { accounturi_values: Array(100).fill('\u0007'.repeat(100)) } },
    { name: 'bad labels', member: { validation_methods: Array(100).fill('\u0007'.repeat(100)) } },
    { name: 'more URIs than a list may hold', member: { accounturi_values: Array(9000).fill('') } },
    { name: 'lists in lists', member: { caa_domains: Array(9000).fill([[]]) } },
  ])('of $name, as many as 64 KiB hold: never more than came', ({ member }) => {
    const body = JSON.stringify(caa({ caa_check_parameters: member }));
    expect(body.length).toBeLessThanOrEqual(MAX_BODY_BYTES);
    const answer = JSON.stringify(validationFailure(issuesOf(body), ID));
    expect(answer).toContain('caa_check_parameters');
    expect(answer.length).toBeLessThan(body.length);
  });

  it('stays short about members it does not know, 5,000 of them or one with a name of 60,000 characters', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`m${index}`, 0]));
    for (const unknown of [many, { ['\u0007'.repeat(9000)]: 1 }, { ['x'.repeat(60_000)]: 1 }]) {
      const body = JSON.stringify(caa(unknown));
      expect(issuesOf(body, 'open-mpic')).toEqual([]);
      const issues = issuesOf(body);
      expect(issues.map((issue) => 'type' in issue && issue.type)).toContain('extra_forbidden');
      expect(issues.flatMap(textsFor).filter((sentence) => CONTROL.test(sentence))).toEqual([]);
      expect(JSON.stringify(validationFailure(issues, ID)).length).toBeLessThan(
        issues.length * MAX_ISSUE_CHARACTERS + 100,
      );
    }
  });

  // Not below `__proto__`, and nothing here merges objects: the names of this language are names like any other.
  it.each([
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
    'length',
  ])('takes no value from a member %s', (member) => {
    const value = { check_type: 'dcv', prototype: { trace_identifier: 'stolen' } };
    expect(issuesOf(JSON.stringify(caa({ [member]: value })), 'open-mpic')).toEqual([]);
    expect(issuesOf(JSON.stringify(caa({ [member]: value })))).toMatchObject([{ type: 'extra_forbidden' }]);
    expect(issuesOf(JSON.stringify({ [member]: caa({}) }))).toContainEqual(
      expect.objectContaining({ type: 'missing', loc: ['MpicCaaRequest', 'domain_or_ip_target'] }),
    );
    expect(issuesOf(JSON.stringify(dcv({ validation_method: member })))).toContainEqual(
      expect.objectContaining({ type: 'union_tag_invalid' }),
    );
  });
});
