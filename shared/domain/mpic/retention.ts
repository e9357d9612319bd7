import { RULEBOOK } from '../rules/rulebook.ts';
import { type DatedRules, rulesAt } from '../rules/rules.ts';

/**
 * What the records of a check support.
 *
 * - `validation`: a TLS certificate issued while the validation may be used.
 * - `caa-corroboration`: a TLS certificate issued while a remote corroboration of CAA may be reused (TLS BR
 *   3.2.2.9 [mpic]).
 * - `s-mime`: an S/MIME certificate.
 */
export type RecordUse = 'validation' | 'caa-corroboration' | 's-mime';

/**
 * Days for which a record made on `date` must be kept: until the last certificate based on it has expired, plus two
 * years (TLS BR 5.4.3 [records-retention]). The service does not know the certificate, so this is the maximum for any.
 */
export function retentionDays(date: Date, use: RecordUse = 'validation'): number {
  const rules = rulesAt(date);
  const { reuse, validity } = longestUse(rules, use);
  return reuse + validity + RULEBOOK.records.daysAfterExpiry;
}

function longestUse(
  { validationReuseDays, certificateValidityDays }: DatedRules,
  use: RecordUse,
): { readonly reuse: number; readonly validity: number } {
  switch (use) {
    case 'validation':
      return { reuse: validationReuseDays, validity: certificateValidityDays };
    case 'caa-corroboration':
      return { reuse: RULEBOOK.mpic.caaReuseDays, validity: certificateValidityDays };
    case 's-mime':
      return { reuse: RULEBOOK.smime.domainReuseDays, validity: RULEBOOK.smime.certificateValidityDays };
  }
}
