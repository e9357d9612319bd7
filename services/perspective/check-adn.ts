import type { AdnPath, NameLookup } from '../../shared/domain/check/check.ts';
import type { CheckError, CheckOutcome, NameObservation } from '../../shared/domain/check/check-result.ts';
import { DCV_ERROR } from '../../shared/domain/dcv/errors.ts';
import { comparableName } from '../../shared/domain/dns/dns-name.ts';
import type { Lookup } from '../../shared/domain/dns/lookup.ts';
import type { Resolver } from '../../shared/ports/resolver.ts';
import { forOneCheck } from './check-resolver.ts';
import { failureError } from './lookup-error.ts';

/** The names that lead from the name applied for to the target, as this perspective sees them. */
type AdnObservation =
  | { readonly status: 'confirmed'; readonly seen: readonly NameObservation[] }
  | {
      readonly status: 'refuted';
      /** False if a lookup failed, which neither confirms nor refutes. */
      readonly completed: boolean;
      readonly error: CheckError;
      readonly seen: readonly NameObservation[];
    };

interface AdnQuestion {
  readonly lookups: readonly NameLookup[];
  readonly resolver: Resolver;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/** Maximum number of records examined: a PTR set can be large, and a target named beyond the first 16 is ignored. */
const MAX_NAMES = 16;

/**
 * Looks up the records by which a CA says that it went from the name applied for to the validated name (TLS BR 3.2.2.4
 * [adn]): a CNAME to exactly that name, or a PTR set that contains it. One lookup after the other; stops at the first
 * mismatch.
 */
async function observeAdn({ lookups, resolver, deadline, signal }: AdnQuestion): Promise<AdnObservation> {
  const asker = forOneCheck(resolver, signal);
  const seen: NameObservation[] = [];
  try {
    for (const wanted of lookups) {
      const lookup = await asker.lookup(wanted.name, wanted.type, deadline, signal);
      const names = namesOf(lookup, wanted);
      seen.push({ ...wanted, seen: names, rcode: lookup.rcode, dnssec: lookup.dnssec });
      if (lookup.status === 'failed')
        return { status: 'refuted', completed: false, error: failureError(lookup, wanted.type), seen };
      if (!leadsThere(names ?? [], wanted))
        return { status: 'refuted', completed: true, error: mismatch(wanted), seen };
    }
    return { status: 'confirmed', seen };
  } finally {
    asker.end();
  }
}

interface WithAdn {
  readonly adn?: AdnPath | undefined;
  readonly resolver: Resolver;
  /** Milliseconds on the monotonic clock. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a check after the lookups that show how its target was chosen; without the check if one of them does not lead
 * there.
 */
export async function afterAdn(
  { adn, resolver, deadline, signal }: WithAdn,
  check: () => Promise<CheckOutcome>,
): Promise<CheckOutcome> {
  if (adn === undefined || adn.lookups.length === 0) return check();
  const observed = await observeAdn({ lookups: adn.lookups, resolver, deadline, signal });
  const adnLookups = observed.seen;
  if (observed.status === 'confirmed') return { ...(await check()), adnLookups };
  return {
    completed: observed.completed,
    passed: false,
    corroborates: false,
    errors: [observed.error],
    details: { kind: 'none' },
    adnLookups,
  };
}

function namesOf(lookup: Lookup, { type }: NameLookup): readonly string[] | null {
  if (lookup.status === 'failed') return null;
  return lookup.records
    .flatMap((record) => (record.type === type && 'value' in record ? [record.value] : []))
    .slice(0, MAX_NAMES);
}

/** A name has one CNAME (RFC 2181 section 10.1) and any number of PTR records. */
function leadsThere(names: readonly string[], { type, expected }: NameLookup): boolean {
  if (type === 'CNAME' && names.length !== 1) return false;
  return names.some((name) => comparableName(name) === expected);
}

function mismatch({ type, name, expected }: NameLookup): CheckError {
  return {
    type: DCV_ERROR.adn,
    message: `the ${type} record at ${name} does not lead to ${expected}, as adn_steps says`,
  };
}
