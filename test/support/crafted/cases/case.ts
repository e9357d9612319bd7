import type { CaaReason, DnssecStatus } from '../../../../shared/domain/check/check.ts';
import type { DelvDifference } from '../differences.ts';
import { labelsOf, nameOf } from '../names.ts';
import { usualRecords, type ZoneSpec } from '../zone.ts';

/** One crafted name and the expected outcome of a CAA check of it, by the RFCs. */
export interface CraftedCase {
  /** Test name: a sentence about the zone. */
  readonly name: string;
  readonly rule: string;
  /** Without its final dot. */
  readonly asks: string;
  /** Zones that the case adds to the shared ones. */
  readonly zones: readonly ZoneSpec[];
  readonly expected: Expected;
  /** Why delv reports another status. */
  readonly delv?: DelvDifference;
}

export interface Expected {
  readonly status: DnssecStatus;
  readonly passed: boolean;
  readonly reason: CaaReason;
}

const denied = (status: DnssecStatus): Expected => ({
  status,
  passed: false,
  reason: 'issuer-not-authorised',
});
const permitted = (status: DnssecStatus): Expected => ({ status, passed: true, reason: 'authorised' });
const empty = (status: DnssecStatus): Expected => ({ status, passed: true, reason: 'no-records' });
const failed = (status: DnssecStatus): Expected => ({ status, passed: false, reason: 'lookup-failed' });

/** The set at the name forbids issuance: hiding it would turn the outcome into a pass. */
export const SECURE_DENIED = denied('secure');
export const INSECURE_DENIED = denied('insecure');
export const SECURE_PERMITTED = permitted('secure');
export const INSECURE_PERMITTED = permitted('insecure');
export const SECURE_EMPTY = empty('secure');
export const INSECURE_EMPTY = empty('insecure');
/** TU-01. */
export const NO_SUCH_TLD: Expected = { status: 'secure', passed: false, reason: 'no-such-tld' };
export const BOGUS = failed('bogus');
export const INDETERMINATE = failed('indeterminate');

/** A zone with the usual records, unless `changes` replaces them. */
export function zone(name: string, changes: Omit<ZoneSpec, 'name'> = {}): ZoneSpec {
  return { name, records: usualRecords(name), ...changes };
}

/** A case about one zone, queried for the name whose set forbids issuance. */
export function about(
  name: string,
  rule: string,
  spec: ZoneSpec,
  expected: Expected,
  more: {
    readonly label?: string;
    readonly zones?: readonly ZoneSpec[];
    readonly delv?: DelvDifference;
  } = {},
): CraftedCase {
  const { label = 'deny', zones = [], delv } = more;
  const asked = nameOf([...(label === '' ? [] : label.split('.')), ...labelsOf(spec.name)]);
  return {
    name,
    rule,
    asks: asked.slice(0, -1),
    zones: [...zones, spec],
    expected,
    ...(delv === undefined ? {} : { delv }),
  };
}
