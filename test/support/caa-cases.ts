import type { FailureCircumstances } from '../../shared/domain/caa/lookup-failure.ts';
import type { CaaParameters, CaaReason, Target } from '../../shared/domain/check/check.ts';
import { CLIMB_CASES } from './caa-cases/climb.ts';
import { FAILURE_CASES } from './caa-cases/failures.ts';
import { LIMIT_CASES } from './caa-cases/limits.ts';
import { PROPERTY_CASES } from './caa-cases/properties.ts';
import { VALUE_CASES } from './caa-cases/values.ts';
import type { Zone } from './zone-resolver.ts';

/** One worked example: the DNS records, the request, and the expected outcome. */
export interface CaaCase {
  /** Number within this table. */
  readonly id: string;
  readonly why: string;
  readonly zone: Zone;
  /** The name in the certificate request, including `*.`. */
  readonly name: string;
  /** Differences from {@link CAA_DEFAULTS}. */
  readonly parameters?: Partial<CaaParameters>;
  /** Only for the carve-out of TLS BR 4.2.2.1 [caa]: the known circumstances of the failure. */
  readonly circumstances?: FailureCircumstances;
  readonly expected: 'allow' | 'deny';
  readonly reason: CaaReason;
  readonly foundAt: string | null;
}

/** The request of every row, unless the row overrides it. */
export const CAA_DEFAULTS: CaaParameters = {
  certificateType: 'tls-server',
  caaDomains: ['ca.example'],
  allowLookupFailure: false,
  accountUris: ['https://ca.example/acct/1'],
  validationMethods: ['dns-01', 'ca-tbr-7'],
  enforceRfc8657: true,
};

/** The parameters of a row. */
export function parametersOf(row: CaaCase): CaaParameters {
  return { ...CAA_DEFAULTS, ...row.parameters };
}

/** The normalised target of a row. */
export function targetOf({ name }: CaaCase): Extract<Target, { kind: 'domain' }> {
  const wildcard = name.startsWith('*.');
  return { kind: 'domain', name: wildcard ? name.slice(2) : name, wildcard };
}

/** Worked examples of RFC 8659, RFC 8657, RFC 9495 and TLS BR 4.2.2.1 [caa], in order of their ids. */
export const CAA_CASES: readonly CaaCase[] = [
  ...VALUE_CASES,
  ...CLIMB_CASES,
  ...PROPERTY_CASES,
  ...LIMIT_CASES,
  ...FAILURE_CASES,
].sort((left, right) => (left.id < right.id ? -1 : 1));
