import { describe, expect, it } from 'vitest';
import type { DnsEvidence, ProvenInsecure } from '../../../../shared/domain/check/check-result.ts';
import type { ClimbLevel } from '../../../../shared/domain/dns/climb.ts';
import { climbEvidence } from '../../../../shared/domain/dns/climb-evidence.ts';
import type { LookupAnswer, LookupFailure } from '../../../../shared/domain/dns/lookup.ts';

const FACTS = {
  type: 'CAA',
  server: 'zone 192.0.2.53:53',
  tries: 1,
  elapsedMs: 0,
  extendedErrors: [],
} as const;
const OPT_OUT: ProvenInsecure = { at: 'example.', by: 'opt-out' };

function answer(choice: Partial<LookupAnswer> = {}): LookupAnswer {
  return {
    ...FACTS,
    status: 'answered',
    name: 'shop.example',
    rcode: 0,
    records: [],
    cnameChain: [],
    ttl: 60,
    adFlag: false,
    dnssec: 'secure',
    ...choice,
  };
}

function failure(choice: Partial<LookupFailure> = {}): LookupFailure {
  return {
    ...FACTS,
    status: 'failed',
    name: 'shop.example',
    reason: 'timeout',
    message: 'no answer',
    rcode: null,
    retried: true,
    dnssec: 'indeterminate',
    ...choice,
  };
}

/** `count` extended errors, starting at `first`. */
const errors = (first: number, count: number) =>
  Array.from({ length: count }, (_, at) => ({ code: first + at, text: `text ${first + at}` }));

const levelsOf = (lookups: readonly ClimbLevel['lookup'][]): ClimbLevel[] =>
  lookups.map((lookup, at) => ({ name: `level-${at}.example`, lookup }));

describe('climbEvidence', () => {
  it.each<{
    name: string;
    lookups: readonly (LookupAnswer | LookupFailure)[];
    /** How many levels decide; default: all. */
    depth?: number;
    evidence: Partial<DnsEvidence>;
  }>([
    {
      name: 'uses the shortest TTL of the path, including a denial below the found set',
      lookups: [answer({ ttl: 300 }), answer({ ttl: 30 }), answer({ ttl: 60 })],
      evidence: { ttl: 30 },
    },
    {
      name: 'ignores an answer without a TTL',
      lookups: [answer({ ttl: 60 }), answer({ ttl: null })],
      evidence: { ttl: 60 },
    },
    {
      name: 'ignores an accepted failure for the TTL of the set above it',
      lookups: [failure(), answer({ ttl: 60 })],
      evidence: { ttl: 60 },
    },
    {
      name: 'has no TTL and no aliases if a failure decides',
      lookups: [answer({ ttl: 60, cnameChain: ['alias.example.'] }), failure()],
      evidence: { ttl: null, cnameChain: [] },
    },
    {
      name: 'uses the worst DNSSEC status of the path',
      lookups: [answer({ dnssec: 'insecure', insecurity: OPT_OUT }), answer()],
      evidence: { dnssec: 'insecure', insecurity: OPT_OUT },
    },
    {
      name: 'omits the proof for an insecure denial if the path is worse than insecure',
      lookups: [answer({ dnssec: 'insecure', insecurity: OPT_OUT }), failure({ dnssec: 'bogus' })],
      evidence: { dnssec: 'bogus' },
    },
    {
      name: 'ignores levels above the deciding one',
      lookups: [
        answer({ ttl: 60, extendedErrors: errors(1, 1) }),
        answer({ ttl: 5, dnssec: 'insecure', insecurity: OPT_OUT, extendedErrors: errors(2, 1) }),
      ],
      depth: 1,
      evidence: { ttl: 60, dnssec: 'secure', extendedErrors: ['1 text 1'] },
    },
    {
      name: 'lists a repeated extended error once, and one without text as its code',
      lookups: [
        answer({ extendedErrors: [{ code: 22, text: '' }] }),
        answer({ extendedErrors: [{ code: 22, text: '' }, ...errors(9, 1)] }),
      ],
      evidence: { extendedErrors: ['22', '9 text 9'] },
    },
    {
      name: 'lists at most sixteen extended errors',
      lookups: [answer({ extendedErrors: errors(0, 10) }), answer({ extendedErrors: errors(10, 10) })],
      evidence: { extendedErrors: errors(0, 16).map(({ code, text }) => `${code} ${text}`) },
    },
  ])('$name', ({ lookups, depth = lookups.length, evidence }) => {
    const levels = levelsOf(lookups);
    const deciding = lookups[depth - 1] ?? failure();
    const seen = climbEvidence(levels, depth, deciding);
    expect(seen).toMatchObject(evidence);
    expect('insecurity' in seen).toBe(evidence.insecurity !== undefined);
  });

  it('has no insecurity proof if the resolver gave none', () => {
    const lookup = answer({ dnssec: 'insecure' });
    expect(climbEvidence(levelsOf([lookup]), 1, lookup)).not.toHaveProperty('insecurity');
  });
});
