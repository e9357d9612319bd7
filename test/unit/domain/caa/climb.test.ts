import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ClimbLevel,
  climbNames,
  evaluateClimb,
  findDeniedTopLevel,
} from '../../../../shared/domain/dns/climb.ts';
import type { Lookup, LookupFailureReason } from '../../../../shared/domain/dns/lookup.ts';

const FACTS = {
  type: 'CAA',
  server: 'zone 192.0.2.53:53',
  tries: 1,
  elapsedMs: 0,
  extendedErrors: [],
} as const;

function answered(name: string, rcode: 0 | 3, values: readonly string[]): Lookup {
  return {
    ...FACTS,
    name,
    status: 'answered',
    rcode,
    records: values.map((value) => ({ type: 'CAA', caa: { flags: 0, tag: 'issue', value } })),
    cnameChain: [],
    ttl: 60,
    adFlag: false,
    dnssec: 'insecure',
  };
}

function failed(name: string, reason: LookupFailureReason): Lookup {
  return {
    ...FACTS,
    name,
    status: 'failed',
    reason,
    message: reason,
    rcode: null,
    retried: true,
    dnssec: 'indeterminate',
  };
}

type Kind = 'set' | 'no-data' | 'nxdomain' | 'pending' | LookupFailureReason;

function level(name: string, kind: Kind): ClimbLevel {
  if (kind === 'pending') return { name, lookup: null };
  if (kind === 'set') return { name, lookup: answered(name, 0, ['ca.example']) };
  if (kind === 'no-data') return { name, lookup: answered(name, 0, []) };
  if (kind === 'nxdomain') return { name, lookup: answered(name, 3, []) };
  return { name, lookup: failed(name, kind) };
}

const NAMES = climbNames('a.b.example.com');
const levelsOf = (kinds: readonly Kind[]) => kinds.map((kind, at) => level(NAMES[at] ?? `l${at}`, kind));
const never = () => false;
const timeoutsOnly = (failure: { reason: LookupFailureReason }) => failure.reason === 'timeout';

describe('climbNames (RFC 8659 section 3)', () => {
  it.each([
    { name: 'returns only the TLD for a top-level domain', target: 'com', names: ['com'] },
    {
      name: 'ends with the TLD and excludes the root',
      target: 'a.b.com',
      names: ['a.b.com', 'b.com', 'com'],
    },
  ])('$name', ({ target, names }) => {
    expect(climbNames(target)).toEqual(names);
  });

  it('returns as many levels as the name has labels, also for the longest name', () => {
    const longest = Array.from({ length: 127 }, () => 'a').join('.');
    expect(climbNames(longest)).toHaveLength(127);
  });
});

describe('evaluateClimb (RFC 8659 section 3)', () => {
  it.each<{ name: string; kinds: Kind[]; status: string; depth: number; at?: string; accepted?: number }>([
    {
      name: 'is pending while no level is known',
      kinds: ['pending', 'set'],
      status: 'pending',
      depth: 0,
    },
    {
      name: 'is pending below a set if a nearer level is unknown',
      kinds: ['no-data', 'pending', 'set'],
      status: 'pending',
      depth: 1,
    },
    {
      name: 'finds the nearest set',
      kinds: ['set', 'set'],
      status: 'found',
      depth: 1,
      at: 'a.b.example.com',
    },
    {
      name: 'finds a set before the levels above are known',
      kinds: ['no-data', 'set', 'pending'],
      status: 'found',
      depth: 2,
      at: 'b.example.com',
    },
    {
      name: 'continues at the parents after NXDOMAIN',
      kinds: ['nxdomain', 'nxdomain', 'set'],
      status: 'found',
      depth: 3,
      at: 'example.com',
    },
    {
      name: 'fails at a failed lookup even if a level above has a set',
      kinds: ['no-data', 'servfail', 'set'],
      status: 'failed',
      depth: 2,
      at: 'b.example.com',
    },
    {
      name: 'ignores a failure above the set',
      kinds: ['set', 'bogus', 'servfail'],
      status: 'found',
      depth: 1,
      at: 'a.b.example.com',
    },
    {
      name: 'fails at a failed lookup before the levels above are known',
      kinds: ['bogus', 'pending'],
      status: 'failed',
      depth: 1,
      at: 'a.b.example.com',
    },
    {
      name: 'treats an aborted lookup as a failure',
      kinds: ['aborted', 'set'],
      status: 'failed',
      depth: 1,
      at: 'a.b.example.com',
    },
    {
      name: 'finds nothing if all levels up to the TLD are empty',
      kinds: ['nxdomain', 'no-data', 'no-data', 'no-data'],
      status: 'nothing-found',
      depth: 4,
    },
  ])('$name', ({ kinds, status, depth, at }) => {
    const outcome = evaluateClimb(levelsOf(kinds), never);
    expect(outcome).toMatchObject({ status, depth, ...(at ? { name: at } : {}) });
  });

  it.each<{ name: string; kinds: Kind[]; status: string; accepted?: number }>([
    {
      name: 'continues after an accepted failure',
      kinds: ['timeout', 'set'],
      status: 'found',
      accepted: 1,
    },
    {
      name: 'finds nothing after an accepted failure and empty levels above',
      kinds: ['timeout', 'no-data'],
      status: 'nothing-found',
      accepted: 1,
    },
    {
      name: 'accepts several failures',
      kinds: ['timeout', 'timeout', 'no-data'],
      status: 'nothing-found',
      accepted: 2,
    },
    {
      name: 'fails at a failure that is not accepted above an accepted one',
      kinds: ['timeout', 'bogus', 'set'],
      status: 'failed',
      accepted: 1,
    },
    {
      name: 'does not record an acceptable failure above the set',
      kinds: ['set', 'timeout'],
      status: 'found',
      accepted: 0,
    },
    {
      name: 'is pending at an unknown level above an accepted failure',
      kinds: ['timeout', 'pending', 'set'],
      status: 'pending',
    },
  ])('$name', ({ kinds, status, accepted }) => {
    const outcome = evaluateClimb(levelsOf(kinds), timeoutsOnly);
    expect(outcome.status).toBe(status);
    if (outcome.status !== 'pending') expect(outcome.accepted).toHaveLength(accepted ?? 0);
  });

  const kind = fc.constantFrom<Kind>('set', 'no-data', 'nxdomain', 'timeout', 'servfail', 'bogus', 'pending');

  it('never depends on the levels above the deciding one', () => {
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 6 }), fc.array(kind), fc.boolean(), (near, far, lenient) => {
        const accepts = lenient ? timeoutsOnly : never;
        const outcome = evaluateClimb(levelsOf(near), accepts);
        fc.pre(outcome.status === 'found' || outcome.status === 'failed');
        expect(evaluateClimb([...levelsOf(near), ...far.map((item) => level('x', item))], accepts)).toEqual(
          outcome,
        );
      }),
    );
  });

  it('never returns nothing-found while a level failed or is unknown', () => {
    fc.assert(
      fc.property(fc.array(kind, { maxLength: 6 }), (kinds) => {
        const outcome = evaluateClimb(levelsOf(kinds), never);
        const allEmpty = kinds.every((item) => item === 'no-data' || item === 'nxdomain');
        expect(outcome.status === 'nothing-found').toBe(allEmpty);
      }),
    );
  });
});

describe('findDeniedTopLevel (TLS BR 1.6.1 [definitions]: an Internal Name)', () => {
  const denied = answered('example', 3, []);
  const bogus: Lookup = { ...failed('example', 'bogus'), rcode: 3 };
  const aliased = { ...denied, cnameChain: ['elsewhere.test.'] } as Lookup;

  it.each<{ name: string; top: Lookup | null; isDenied: boolean }>([
    { name: 'returns the NXDOMAIN answer for the top-level domain', top: denied, isDenied: true },
    {
      name: 'returns null for an empty answer, because the domain exists',
      top: answered('example', 0, []),
      isDenied: false,
    },
    {
      name: 'returns null for NXDOMAIN after an alias, which is about another name',
      top: aliased,
      isDenied: false,
    },
    { name: 'returns null for a bogus NXDOMAIN', top: bogus, isDenied: false },
    { name: 'returns null while the answer is pending', top: null, isDenied: false },
  ])('$name', ({ top, isDenied }) => {
    const levels: ClimbLevel[] = [level('shop.example', 'nxdomain'), { name: 'example', lookup: top }];
    expect(findDeniedTopLevel(levels)).toBe(isDenied ? top : null);
  });

  it('returns null if only a name below the top-level domain does not exist', () => {
    expect(findDeniedTopLevel([level('shop.example', 'nxdomain'), level('example', 'no-data')])).toBeNull();
  });

  it('returns null without levels', () => {
    expect(findDeniedTopLevel([])).toBeNull();
  });
});
