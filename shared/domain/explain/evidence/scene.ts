import type { Check } from '../../check/check.ts';
import type { BaselineReason } from '../../mpic/decision.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { checkedIdentifier } from '../../net/target.ts';
import { type Facts, type Look, readFacts } from './facts.ts';

/** Everything that a check of one request left, as far as it explains its outcome. */
export interface Observed {
  readonly check: Check;
  /** Of the last attempt, one for each perspective that was asked and may be shown. */
  readonly looks: readonly Look[];
  /** Of the attempts before it, first one first. */
  readonly earlier: readonly (readonly Look[])[];
  /** Null while the request runs. */
  readonly verdict: { readonly isValid: boolean; readonly reasons: readonly BaselineReason[] } | null;
}

export interface Scene extends Pick<Observed, 'check' | 'verdict'> {
  /** The target as it was checked. */
  readonly target: string;
  readonly all: readonly Facts[];
  readonly passing: readonly Facts[];
  readonly failing: readonly Facts[];
  readonly earlier: readonly (readonly Facts[])[];
}

export function openScene({ check, looks, earlier, verdict }: Observed): Scene {
  const all = looks.map(readFacts);
  return {
    check,
    verdict,
    target: checkedIdentifier(check.target),
    all,
    passing: all.filter(({ corroborates }) => corroborates),
    failing: all.filter(({ corroborates }) => !corroborates),
    earlier: earlier.map((attempt) => attempt.map(readFacts)),
  };
}

/**
 * Whether `some` are all those of their RIR regions among `all`, and more than one: a difference that follows regions
 * more likely has its cause in the set-up of the target than in one network path.
 */
export function followsRegions(some: readonly Facts[], all: readonly Facts[]): boolean {
  const regions = new Set(some.map(({ rir }) => rir));
  if (some.length < 2 || regions.has(null)) return false;
  return all.every((facts) => some.includes(facts) || !regions.has(facts.rir));
}

/** Whether the servers that `some` reached are others than those of `others`, by addresses of the same family. */
export function reachOthers(some: readonly Facts[], others: readonly Facts[]): boolean {
  const addresses = addressesOf(others);
  const own = addressesOf(some);
  return own.length > 0 && addresses.length > 0 && own.every((address) => !addresses.includes(address));
}

/** The addresses that were reached or tried, each once. */
export function addressesOf(some: readonly Facts[]): readonly string[] {
  return [...new Set(some.flatMap(({ address }) => address ?? []))];
}

export function familyOf({ address }: Facts): 4 | 6 | null {
  return address === null ? null : (parseIpAddress(address)?.family ?? null);
}
