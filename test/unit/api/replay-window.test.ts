import { describe, expect, it } from 'vitest';
import { replayableUntil } from '../../../services/api/replay-window.ts';
import type { CheckResult } from '../../../shared/domain/check/check-result.ts';
import {
  BUILT_AT,
  buildCaaDetails,
  buildCheckResult,
  buildDcvCheck,
  buildDnsEvidence,
  buildRequestRecord,
} from '../../support/builders.ts';

const HOUR = 3_600_000;
const COMPLETED = { status: 'completed', completedAt: BUILT_AT + 40 } as const;

function resultsWith(...ttls: readonly (number | null)[]): CheckResult[] {
  return ttls.map((ttl) =>
    buildCheckResult({ details: buildCaaDetails({ dns: buildDnsEvidence({ ttl }) }) }),
  );
}

describe('replayableUntil', () => {
  it.each<{ name: string; ttls: readonly (number | null)[]; hours: number }>([
    { name: 'no result', ttls: [], hours: 8 },
    { name: 'a TTL of 5 minutes', ttls: [300], hours: 8 },
    { name: 'a TTL of 8 hours and no more', ttls: [28_800], hours: 8 },
    { name: 'a TTL of a day', ttls: [86_400, 86_400], hours: 24 },
    { name: 'the smallest of several TTLs', ttls: [86_400, 36_000, 172_800], hours: 10 },
    { name: 'one short TTL among long ones', ttls: [86_400, 60], hours: 8 },
    { name: 'no TTL known at one perspective', ttls: [null, 36_000], hours: 8 },
  ])('CAA: $name gives $hours hours from the verdict', ({ ttls, hours }) => {
    const record = buildRequestRecord(COMPLETED);
    expect(replayableUntil(record, resultsWith(...ttls))).toBe(COMPLETED.completedAt + hours * HOUR);
  });

  it('CAA: a denial extends nothing, however long its own TTL', () => {
    const dns = buildDnsEvidence({ ttl: 86_400 });
    const denied = buildCheckResult({ details: buildCaaDetails({ recordPresent: false, dns }) });
    const failed = buildCheckResult({ details: buildCaaDetails({ recordPresent: null, dns }) });
    for (const other of [denied, failed]) {
      const results = [...resultsWith(86_400), other];
      expect(replayableUntil(buildRequestRecord(COMPLETED), results)).toBe(COMPLETED.completedAt + 8 * HOUR);
    }
  });

  it('a validation: 24 hours from the verdict, whatever the TTL', () => {
    const record = buildRequestRecord({ ...COMPLETED, check: buildDcvCheck() });
    expect(replayableUntil(record, resultsWith(864_000))).toBe(COMPLETED.completedAt + 24 * HOUR);
  });

  it('counts from acceptance while the request runs', () => {
    expect(replayableUntil(buildRequestRecord(), [])).toBe(BUILT_AT + 8 * HOUR);
  });
});
