import type { FailureCircumstances } from '../../shared/domain/caa/lookup-failure.ts';
import type { CaaParameters, CaaReason, Target } from '../../shared/domain/check/check.ts';
import { CLIMB_CASES } from './caa-cases/climb.ts';
import { FAILURE_CASES } from './caa-cases/failures.ts';
import { LIMIT_CASES } from './caa-cases/limits.ts';
import { PROPERTY_CASES } from './caa-cases/properties.ts';
import { VALUE_CASES } from './caa-cases/values.ts';
import type { Zone } from './zone-resolver.ts';

/** One worked example: what stands in the DNS, what is asked, and what must come of it. */
export interface CaaCase {
  /** Number within this table. */
  readonly id: string;
  readonly why: string;
  readonly zone: Zone;
  /** The name as it stands in the certificate request, `*.` included. */
  readonly name: string;
  /** Where the request differs from {@link CAA_DEFAULTS}. */
  readonly parameters?: Partial<CaaParameters>;
  /** Only for the carve-out of TLS BR 4.2.2.1 [caa]: what is known about the failure, by whatever proof. */
  readonly circumstances?: FailureCircumstances;
  readonly expected: 'allow' | 'deny';
  readonly reason: CaaReason;
  readonly foundAt: string | null;
}

/** The request of every row, unless the row says otherwise. */
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

/** The target of a row, as normalisation would give it. */
export function targetOf({ name }: CaaCase): Extract<Target, { kind: 'domain' }> {
  const wildcard = name.startsWith('*.');
  return { kind: 'domain', name: wildcard ? name.slice(2) : name, wildcard };
}

/** Worked examples of RFC 8659, RFC 8657, RFC 9495 and TLS BR 4.2.2.1 [caa], in the order of their numbers. */
export const CAA_CASES: readonly CaaCase[] = [
  ...VALUE_CASES,
  ...CLIMB_CASES,
  ...PROPERTY_CASES,
  ...LIMIT_CASES,
  ...FAILURE_CASES,
].sort((left, right) => (left.id < right.id ? -1 : 1));
