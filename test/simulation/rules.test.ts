import { describe, expect, it } from 'vitest';
import { type Attempt, isSettled, outcomeOf, readVote, type Vote } from './oracle/rules.ts';

const FOR: Vote = { passed: true, corroborates: true, completed: true };
const AGAINST: Vote = { passed: false, corroborates: false, completed: true };

/** One letter for each perspective: `+` for, `-` against, `.` silent; regions in turn, or as given. */
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

// The worked cases of the quorum, by their numbers in the requirements.
const CASES = [
  { name: 'M01: four of four', votes: '++++', rirs: 'ARPR', valid: true },
  { name: 'M02: three of four', votes: '+++-', rirs: 'ARRP', valid: true },
  { name: 'M03: three of four in one region', votes: '+++-', rirs: 'RRRA', valid: false },
  { name: 'M04: two of four', votes: '++--', rirs: 'ARPR', valid: false },
  { name: 'M05: three perspectives are too few', votes: '+++', rirs: 'ARP', valid: false },
  { name: 'M06: four of five, one silent', votes: '++++.', rirs: 'ARPRA', valid: true },
  { name: 'M07: three of five, one silent', votes: '+++-.', rirs: 'ARPRA', valid: false },
  { name: 'M08: four of six', votes: '++++--', rirs: 'ARPRAP', valid: true },
  { name: 'M09: three of six', votes: '+++---', rirs: 'ARPRAP', valid: false },
  { name: 'M10: nine of twelve', votes: '+++++++++---', rirs: 'ARPARPARPARP', valid: false },
  {
    name: 'M11: four from the day on which it takes five',
    votes: '++++',
    rirs: 'ARPR',
    valid: false,
    day: '2026-12-15',
  },
] as const;

describe('The rules as the simulation knows them', () => {
  it.each(CASES)('$name', ({ votes, rirs, valid, ...rest }) => {
    const day = 'day' in rest ? { day: rest.day } : {};
    expect(outcomeOf(attempt(votes, rirs, day)).isValid).toBe(valid);
  });

  it.each([
    { name: 'decided too late', changes: { isTooLate: true } },
    { name: 'against the primary perspective', changes: { primary: 'failed' } },
  ] as const)('nothing is valid $name', ({ changes }) => {
    expect(outcomeOf(attempt('++++++', 'ARPARP', changes)).isValid).toBe(false);
    expect(outcomeOf(attempt('++++++', 'ARPARP', { ...changes, policy: 'open-mpic' })).isValid).toBe(false);
  });

  it.each([
    { name: 'five for of six', votes: '+++++.', settled: true },
    { name: 'four for of six in two regions', votes: '++++..', settled: true },
    { name: 'three for of six', votes: '+++...', settled: false },
    { name: 'three against of six', votes: '---...', settled: true },
    { name: 'two against of six', votes: '--....', settled: false },
  ])('$name: settled $settled', ({ votes, settled }) => {
    expect(isSettled(attempt(votes, 'ARPARP'))).toBe(settled);
  });

  it('a report is not settled before everybody was heard', () => {
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
  it('a vote is what it says', () => {
    expect(readVote(JSON.stringify(result), ballot)).toEqual({ ...FOR, isValidated: true });
  });
  it.each([
    { name: 'no JSON', text: '{"passed":true,' },
    { name: 'nothing but a claim', text: '{"passed":true}' },
    { name: 'of another perspective', text: JSON.stringify({ ...result, perspective: 'q' }) },
    { name: 'of another attempt', text: JSON.stringify({ ...result, attempt: 2 }) },
    { name: 'of another start', text: JSON.stringify({ ...result, attemptToken: 'u' }) },
    { name: 'of another request', text: JSON.stringify({ ...result, requestId: 's' }) },
    { name: 'about another body', text: JSON.stringify({ ...result, requestDigest: 'e' }) },
    { name: 'of another kind of check', text: JSON.stringify({ ...result, checkType: 'dcv' }) },
  ])('a vote that is $name is lost', ({ text }) => {
    expect(readVote(text, ballot).corroborates).toBe(false);
  });
});
