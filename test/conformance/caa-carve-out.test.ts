import { describe, expect, it } from 'vitest';
import { judgeCaaSet } from '../../shared/domain/caa/judge.ts';
import { isPermittedFailure } from '../../shared/domain/caa/lookup-failure.ts';
import { type ClimbLevel, climbNames, evaluateClimb } from '../../shared/domain/dns/climb.ts';
import type { CaaRecord } from '../../shared/domain/dns/lookup.ts';
import { CAA_CASES, type CaaCase, parametersOf, targetOf } from '../support/caa-cases.ts';
import { createZoneResolver } from '../support/zone-resolver.ts';

/** The decision for a row by the pure functions only, with the known circumstances of its failure. */
async function judge(row: CaaCase): Promise<{ expected: string; foundAt: string | null }> {
  const resolver = createZoneResolver(row.zone);
  const levels: ClimbLevel[] = [];
  for (const name of climbNames(targetOf(row).name)) {
    levels.push({ name, lookup: await resolver.lookup(name, 'CAA', 0) });
  }
  const { circumstances } = row;
  const outcome = evaluateClimb(
    levels,
    (failure) => circumstances !== undefined && isPermittedFailure(failure, circumstances),
  );
  if (outcome.status !== 'found') {
    return { expected: outcome.status === 'nothing-found' ? 'allow' : 'deny', foundAt: null };
  }
  const records = outcome.answer.records.flatMap((data): CaaRecord[] =>
    data.type === 'CAA' ? [data.caa] : [],
  );
  const { permitted } = judgeCaaSet(records, { ...parametersOf(row), wildcard: targetOf(row).wildcard });
  return { expected: permitted ? 'allow' : 'deny', foundAt: outcome.name };
}

describe('CAA lookup failures with a known cause (TLS BR 4.2.2.1 [caa])', () => {
  it.each(CAA_CASES.filter((row) => row.circumstances !== undefined))(
    '$id: $expected, since $why',
    async (row) => {
      expect(await judge(row)).toEqual({ expected: row.expected, foundAt: row.foundAt });
    },
  );

  it.each(CAA_CASES.filter((row) => row.circumstances === undefined))(
    '$id: the pure functions alone decide $expected',
    async (row) => {
      expect(await judge(row)).toEqual({ expected: row.expected, foundAt: row.foundAt });
    },
  );
});
