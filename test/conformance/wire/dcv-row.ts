import type { Policy } from '../../../shared/domain/check/check.ts';
import { NAME } from '../../support/views.ts';
import type { Sight } from './sight.ts';
import { post, type WireCase } from './wire-case.ts';

export const HASH = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';
export const VALUE = 'rv-7f3c90e1b2d4a6f8091b';
export const OTHER_VALUE = 'rv-0000000000000000000000';

/** A validation that every perspective sees alike. */
export interface DcvRow {
  readonly name: string;
  readonly target?: string;
  /** `dcv_check_parameters`. */
  readonly parameters: Record<string, unknown>;
  /** Further members of the request. */
  readonly changes?: Record<string, unknown>;
  readonly sees?: Sight;
  readonly policy?: Policy;
  readonly startsAt?: number;
}

export function dcvRequest(
  parameters: Record<string, unknown>,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    check_type: 'dcv',
    domain_or_ip_target: NAME,
    applied_for: NAME,
    dcv_check_parameters: parameters,
    ...changes,
  };
}

/** What is applied for is the target, so that the answer has no advisory about it. */
export function toDcvCase({
  name,
  target = NAME,
  parameters,
  changes,
  sees = {},
  policy,
  startsAt,
}: DcvRow): WireCase {
  return {
    name,
    sees,
    ...(policy === undefined ? {} : { service: () => ({ config: { policy } }) }),
    ...(startsAt === undefined ? {} : { startsAt }),
    steps: [post(dcvRequest(parameters, { domain_or_ip_target: target, applied_for: target, ...changes }))],
  };
}
