import type { MpicRequest } from '../../../shared/contract/api/request-body.ts';
import { DCV_PREFIX, type VerifyOptions } from './options.ts';

/** Shows the operator in log and audit trail where these requests come from. */
const TRACE = 'mpic-verify';

export function caaBody(target: string, caaDomains: VerifyOptions['caaDomains']): MpicRequest {
  return {
    check_type: 'caa',
    domain_or_ip_target: target,
    trace_identifier: TRACE,
    ...(caaDomains === null ? {} : { caa_check_parameters: { caa_domains: [...caaDomains] } }),
  };
}

export function dcvBody(target: string, challengeValue: string): MpicRequest {
  return {
    check_type: 'dcv',
    domain_or_ip_target: target,
    trace_identifier: TRACE,
    dcv_check_parameters: {
      validation_method: 'dns-change',
      dns_record_type: 'TXT',
      dns_name_prefix: DCV_PREFIX,
      challenge_value: challengeValue,
    },
  };
}
