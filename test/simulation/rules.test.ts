import { describe, expect, it } from 'vitest';
import { type Attempt, isSettled, outcomeOf, readVote, type Vote } from './oracle/rules.ts';

const FOR: Vote = { passed: true, corroborates: true, completed: true };
const AGAINST: Vote = { passed: false, corroborates: false, completed: true };

/** One letter per perspective: `+` corroborates, `-` does not, `.` has no result; one RIR letter each. */
function attempt(votes: string, rirs: string, changes: Partial<Attempt> = {}): Attempt {
  const cohort = [...votes].map((_, index) => ({ code: `p${index}`, rir: rirs[index] ?? 'A' }));
  return {
    policy: 'baseline-requirements',
    day: '2026-11-21',
    cohort,
    quorumCount: votes.length - (votes.length >= 6 ? 2 : 1),
    isMonitoring: false,
    isSharedHost: false,
    votes: new Map(
      [...votes].flatMap((vote, index) =>
        vote === '.' ? [] : [[`p${index}`, vote === '+' ? FOR : AGAINST] as const],
      ),
    ),
    primary: 'site',
    isTooLate: false,
    ...changes,
  };
}

// The worked examples of the quorum, with their numbers in the requirements.
const CASES = [
  { name: 'M01: four of four', votes: '++++', rirs: 'ARPR', valid: true },
  { name: 'M02: three of four', votes: '+++-', rirs: 'ARRP', valid: true },
  { name: 'M03: three of four in one region', votes: '+++-', rirs: 'RRRA', valid: false },
  { name: 'M04: two of four', votes: '++--', rirs: 'ARPR', valid: false },
  { name: 'M05: three perspectives, which are too few', votes: '+++', rirs: 'ARP', valid: false },
  { name: 'M06: four of five, one without a result', votes: '++++.', rirs: 'ARPRA', valid: true },
  { name: 'M07: three of five, one without a result', votes: '+++-.', rirs: 'ARPRA', valid: false },
  { name: 'M08: four of six', votes: '++++--', rirs: 'ARPRAP', valid: true },
  { name: 'M09: three of six', votes: '+++---', rirs: 'ARPRAP', valid: false },
  { name: 'M10: nine of twelve', votes: '+++++++++---', rirs: 'ARPARPARPARP', valid: false },
  {
    name: 'M11: four, on the day from which five are required',
    votes: '++++',
    rirs: 'ARPR',
    valid: false,
    day: '2026-12-15',
  },
] as const;

describe('The rules as written for the simulation', () => {
  it.each(CASES)('$name', ({ votes, rirs, valid, ...rest }) => {
    const day = 'day' in rest ? { day: rest.day } : {};
    expect(outcomeOf(attempt(votes, rirs, day)).isValid).toBe(valid);
  });

  it.each([
    { name: 'when decided too late', changes: { isTooLate: true } },
    { name: 'when the primary perspective failed', changes: { primary: 'failed' } },
  ] as const)('are never met $name', ({ changes }) => {
    expect(outcomeOf(attempt('++++++', 'ARPARP', changes)).isValid).toBe(false);
    expect(outcomeOf(attempt('++++++', 'ARPARP', { ...changes, policy: 'open-mpic' })).isValid).toBe(false);
  });

  it.each([
    { name: 'five corroborations of six', votes: '+++++.', settled: true },
    { name: 'four corroborations of six in two regions', votes: '++++..', settled: true },
    { name: 'three corroborations of six', votes: '+++...', settled: false },
    { name: 'three non-corroborations of six', votes: '---...', settled: true },
    { name: 'two non-corroborations of six', votes: '--....', settled: false },
  ])('with $name are settled: $settled', ({ votes, settled }) => {
    expect(isSettled(attempt(votes, 'ARPARP'))).toBe(settled);
  });

  it('do not settle a monitoring report before every perspective has a result', () => {
    const monitoring = { policy: 'open-mpic', isMonitoring: true, quorumCount: 0 } as const;
    expect(isSettled(attempt('+++++.', 'ARPARP', monitoring))).toBe(false);
    expect(isSettled(attempt('+++++-', 'ARPARP', monitoring))).toBe(true);
  });

  const ballot = { requestId: 'r', perspective: 'p', attempt: 1, token: 't', digest: 'd', checkType: 'caa' };
  const result = {
    requestId: 'r',
    perspective: 'p',
    attempt: 1,
    attemptToken: 't',
    requestDigest: 'd',
    checkType: 'caa',
    ...FOR,
    details: { kind: 'caa', dns: { dnssec: 'secure' } },
  };
  it('count a result with matching members', () => {
    expect(readVote(JSON.stringify(result), ballot)).toEqual({ ...FOR, isValidated: true });
  });
  it.each([
    { name: 'truncated JSON', text: '{"passed":true,' },
    { name: 'only a claim without the other members', text: '{"passed":true}' },
    { name: 'from another perspective', text: JSON.stringify({ ...result, perspective: 'q' }) },
    { name: 'of another attempt', text: JSON.stringify({ ...result, attempt: 2 }) },
    { name: 'of another start', text: JSON.stringify({ ...result, attemptToken: 'u' }) },
    { name: 'of another request', text: JSON.stringify({ ...result, requestId: 's' }) },
    { name: 'about another body', text: JSON.stringify({ ...result, requestDigest: 'e' }) },
    { name: 'of another kind of check', text: JSON.stringify({ ...result, checkType: 'dcv' }) },
  ])('do not count a result that is $name', ({ text }) => {
    expect(readVote(text, ballot).corroborates).toBe(false);
  });
});
