import { DCV_ERROR } from '../../shared/dcv/errors.ts';
import { METHOD_RULES, usesOnlyDns } from '../../shared/dcv/methods.ts';
import type { CheckOutcome, DcvParameters } from '../../shared/mpic/check.ts';
import { checkDnsDcv, type DnsDcvCheck } from './check-dns-dcv.ts';

export interface DcvCheck extends Omit<DnsDcvCheck, 'parameters'> {
  readonly parameters: DcvParameters;
}

/** Check domain or address control by the method of the parameters. */
export async function checkDcv(check: DcvCheck): Promise<CheckOutcome> {
  const { parameters } = check;
  if (METHOD_RULES[parameters.method].available && usesOnlyDns(parameters)) {
    return checkDnsDcv({ ...check, parameters });
  }
  return {
    completed: false,
    passed: false,
    corroborates: false,
    errors: [
      {
        type: DCV_ERROR.notAvailable,
        message: `The validation method ${parameters.method} is not available in this version of the service`,
      },
    ],
    details: { kind: 'none' },
  };
}
