import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CheckResult,
  checkDetailsSchema,
  checkErrorSchema,
} from '../../../../shared/domain/check/check-result.ts';
import type { Look } from '../../../../shared/domain/explain/evidence/facts.ts';
import type { Observed } from '../../../../shared/domain/explain/evidence/scene.ts';
import { explain } from '../../../../shared/domain/explain/explain.ts';
import { CAUSES, explainedCauseSchema } from '../../../../shared/domain/explain/rules/explanation.ts';
import { RULES } from '../../../../shared/domain/explain/rules/rules.ts';
import { arbitraryOf } from '../../../support/arbitrary.ts';
import {
  buildCaaDetails,
  buildCheck,
  buildCheckResult,
  buildDcvCheck,
  buildDnsDcvDetails,
  buildDnsEvidence,
  buildHttpDcvDetails,
  buildTlsAlpnDetails,
  readable,
  SIX_CODES,
  unreadable,
} from '../../../support/builders.ts';

/** Everything that could command a terminal or a page: an escape, a C1 control, a change of direction, markup. */
const HOSTILE = '\u001b]0;owned\u0007\u009b2J\u202egnp\r\n<script>alert(1)</script>"\\{target}{rule}';
const COMMANDS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const FAILED = { completed: false, passed: false, corroborates: false } as const;
const lookupError = (name: string, text: string) => ({
  type: 'mpic_error:dcv_checker:lookup',
  message: `There was an error looking up the DCV record. Error type: ${name}, Error message: ${text}`,
});

function looks(results: readonly (Partial<CheckResult> | null)[]): readonly Look[] {
  return results.map((result, index) => {
    const perspective = SIX_CODES[index] ?? 'more';
    const rir = index % 2 === 0 ? ('ARIN' as const) : ('RIPE NCC' as const);
    return {
      perspective,
      rir,
      stored: result === null ? undefined : readable(buildCheckResult({ perspective, ...result })),
    };
  });
}

const observe = (results: readonly (Partial<CheckResult> | null)[], more: Partial<Observed> = {}) =>
  explain({ check: buildCheck(), looks: looks(results), earlier: [], verdict: null, ...more });

const six = (result: Partial<CheckResult>) => SIX_CODES.map(() => result);
const DCV = { check: buildDcvCheck() };

describe('explain', () => {
  it.each<{ name: string; results: readonly (Partial<CheckResult> | null)[]; more?: Partial<Observed> }>([
    { name: 'nothing is explained when all corroborate', results: six({}) },
    { name: 'nothing is explained before the first answer', results: [] },
  ])('$name', ({ results, more }) => {
    expect(observe(results, more)).toEqual([]);
  });

  it.each<{
    name: string;
    results: readonly (Partial<CheckResult> | null)[];
    more?: Partial<Observed>;
    expected: Readonly<Record<string, unknown>>;
  }>([
    {
      name: 'an error of an unknown type is not explained, and shown',
      results: six({
        ...FAILED,
        errors: [{ type: 'from:mars', message: 'no air' }],
        details: { kind: 'none' },
      }),
      expected: { cause: 'unexplained', sure: 'possible', extent: 'all' },
    },
    {
      name: 'a failure without any error is not explained',
      results: six({ ...FAILED, details: { kind: 'none' } }),
      expected: { cause: 'unexplained' },
    },
    {
      name: 'the cause of most failures is first, not the one that is found first',
      results: [
        null,
        ...six({
          ...FAILED,
          completed: true,
          details: buildCaaDetails({ reason: 'issuer-not-authorised' }),
        }).slice(1),
      ],
      expected: { cause: 'caa-forbids-issuer', extent: 'majority', perspectives: SIX_CODES.slice(1) },
    },
    {
      name: 'exactly half of the perspectives are a minority',
      results: [{}, {}, {}, null, null, null],
      expected: { cause: 'perspective-no-answer', extent: 'minority' },
    },
    {
      name: 'a lookup error in another form than ours is not read',
      results: six({
        ...FAILED,
        errors: [{ type: 'mpic_error:dcv_checker:lookup', message: 'Error type: NXDOMAIN' }],
        details: { kind: 'none' },
      }),
      more: DCV,
      expected: { cause: 'unexplained' },
    },
    {
      name: 'EDE 6 yields to a code that names the rule',
      results: six({
        ...FAILED,
        details: buildCaaDetails({
          reason: 'lookup-failed',
          dns: buildDnsEvidence({
            dnssec: 'bogus',
            extendedErrors: ['6 bogus', '7 expired from 2001:db8::53'],
          }),
        }),
      }),
      expected: {
        cause: 'dnssec-bogus',
        text: expect.stringContaining('a signature has expired, at the name server 2001:db8::53'),
      },
    },
    {
      name: 'a text of an extended error that holds no address names no server',
      results: six({
        ...FAILED,
        details: buildCaaDetails({
          reason: 'lookup-failed',
          dns: buildDnsEvidence({ dnssec: 'bogus', extendedErrors: ['9 from 999.1.1.1'] }),
        }),
      }),
      expected: { cause: 'dnssec-bogus', text: expect.stringMatching(/DS record at its parent\./) },
    },
    {
      name: 'an extended error beside an answer explains nothing',
      results: [
        ...six({}).slice(1),
        {
          ...FAILED,
          completed: true,
          details: buildCaaDetails({
            reason: 'issuer-not-authorised',
            dns: buildDnsEvidence({ extendedErrors: ['7 expired'] }),
          }),
        },
      ],
      expected: { cause: 'stale-dns' },
    },
    {
      name: 'a reason that only a later version knows is explained as a set that forbids',
      results: six({
        ...FAILED,
        completed: true,
        details: buildCaaDetails({ reason: 'of-a-later-version' }),
      }),
      expected: { cause: 'caa-critical-property' },
    },
    {
      name: 'a failure that a perspective claims at an absurd time is no order in time',
      results: [
        {},
        {},
        {},
        {},
        {},
        {
          ...FAILED,
          completed: true,
          startedAt: 0,
          completedAt: 0,
          details: buildDnsDcvDetails({ recordsSeen: null }),
        },
      ],
      more: DCV,
      expected: { cause: 'stale-dns' },
    },
  ])('$name', ({ results, more, expected }) => {
    expect(observe(results, more)[0]).toMatchObject(expected);
  });

  it('counts an unreadable result as no answer', () => {
    const stored = SIX_CODES.map(
      (perspective): Look => ({ perspective, rir: 'ARIN', stored: unreadable(perspective) }),
    );
    const [first] = explain({ check: buildCheck(), looks: stored, earlier: [], verdict: null });
    expect(first).toMatchObject({ cause: 'perspective-no-answer', extent: 'all' });
    expect(first?.evidence[0]?.text).toBe('what it stored is not a result of this check');
  });

  it.each<{ name: string; result: Partial<CheckResult>; more?: Partial<Observed> }>([
    {
      name: 'a record',
      result: { completed: true, details: buildDnsDcvDetails({ recordsSeen: [HOSTILE.repeat(50)] }) },
      more: DCV,
    },
    {
      name: 'the name of a record',
      result: { completed: true, details: buildDnsDcvDetails({ foundAt: HOSTILE }) },
      more: DCV,
    },
    {
      name: 'a CAA record',
      result: {
        completed: true,
        details: buildCaaDetails({
          reason: 'issuer-not-authorised',
          recordsSeen: [HOSTILE],
          foundAt: HOSTILE,
        }),
      },
    },
    {
      name: 'a message',
      result: { errors: [{ type: 'a:b', message: HOSTILE.repeat(20) }], details: { kind: 'none' } },
    },
    {
      name: 'the name in a message',
      result: {
        errors: [lookupError('LifetimeTimeout', `TXT at ${HOSTILE.replace(/\s/g, '')} (timeout): x`)],
        details: { kind: 'none' },
      },
      more: DCV,
    },
    {
      name: 'an extended error',
      result: {
        details: buildCaaDetails({
          reason: 'lookup-failed',
          dns: buildDnsEvidence({ extendedErrors: [`7 ${HOSTILE}`] }),
        }),
      },
    },
    {
      name: 'a redirect',
      result: {
        completed: true,
        errors: [{ type: 'mpic_error:redirect:invalid', message: HOSTILE }],
        details: buildHttpDcvDetails({
          hops: [{ url: HOSTILE, address: HOSTILE, statusCode: 302, location: HOSTILE, tls: null }],
        }),
      },
    },
    {
      name: 'a page',
      result: {
        completed: true,
        details: buildHttpDcvDetails({
          hops: [{ url: HOSTILE, address: HOSTILE, statusCode: 200, location: null, tls: null }],
          page: Buffer.from(HOSTILE).toString('base64'),
        }),
      },
    },
    {
      name: 'a certificate',
      result: {
        completed: true,
        details: buildTlsAlpnDetails({
          acmeIdentifier: HOSTILE,
          subjectAltNames: [HOSTILE],
          alpnProtocol: HOSTILE,
        }),
      },
    },
    {
      name: 'an alias',
      result: {
        completed: true,
        details: buildDnsDcvDetails({ recordsSeen: null, dns: buildDnsEvidence({ cnameChain: [HOSTILE] }) }),
      },
      more: DCV,
    },
    {
      name: 'a nearby name',
      result: {
        completed: true,
        details: buildDnsDcvDetails({
          recordsSeen: null,
          nearbyNames: [{ name: HOSTILE, rcode: 0, records: 1, matches: true }],
        }),
      },
      more: DCV,
    },
  ])('shows $name quoted, cut and escaped', ({ result, more }) => {
    const hostile = { ...FAILED, ...result };
    // Alone, and beside others that pass, which brings the comparisons in.
    for (const results of [six(hostile), [{}, {}, {}, {}, hostile, hostile]]) {
      for (const cause of observe(results, more)) {
        const texts = [cause.text, cause.applicant, cause.ca, ...cause.evidence.map(({ text }) => text)];
        for (const text of texts) {
          expect(text ?? '').not.toMatch(COMMANDS);
          expect((text ?? '').length).toBeLessThanOrEqual(2_000);
          // Slots are filled once: what the network wrote in braces stays as it is.
          if (text?.includes('{rule}')) expect(text).toContain('{target}');
        }
      }
    }
  });

  it('holds to its schema and its bounds for any results that perspectives can store', () => {
    const anyResult = fc.record({
      details: arbitraryOf(checkDetailsSchema),
      errors: fc.array(arbitraryOf(checkErrorSchema), { maxLength: 3 }),
      completed: fc.boolean(),
      passed: fc.boolean(),
      corroborates: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(fc.option(anyResult), { maxLength: 8 }),
        fc.constantFrom(buildCheck(), buildDcvCheck()),
        (results, check) => {
          const causes = observe(results as readonly (Partial<CheckResult> | null)[], { check });
          expect(causes.length).toBeLessThanOrEqual(5);
          for (const cause of causes) {
            expect(explainedCauseSchema.safeParse(cause).success).toBe(true);
            expect(cause.evidence.length).toBeLessThanOrEqual(12);
          }
          const isExplained = results.every((result) => result?.corroborates === true);
          expect(causes.length === 0).toBe(isExplained);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the rules of explanations', () => {
  it('has one for every cause, in order', () => {
    expect(RULES.map(([cause]) => cause)).toEqual(CAUSES);
  });

  it.each(RULES.map(([cause, rule]) => ({ cause, rule })))(
    '$cause says what went wrong and what to do',
    ({ rule }) => {
      expect(rule.text).toMatch(/\.$/);
      expect(rule.applicant ?? rule.ca).toMatch(/\.$/);
      expect(`${rule.looksFor}${rule.text}${rule.applicant}${rule.ca}`).not.toMatch(/[|\n]/);
    },
  );
});
