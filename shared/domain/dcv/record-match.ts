import type { DnsDcvParameters } from '../check/check.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import type { RecordData } from '../dns/lookup.ts';
import { matchEmail, matchPhone } from './contact.ts';
import type { Match } from './match.ts';
import { matchPersistentRecord } from './persistent.ts';
import { matchAddress, matchName, matchValue } from './values.ts';

type DnsChange = Extract<DnsDcvParameters, { method: 'dns-change' }>;

/** What a record is compared with. */
export interface MatchContext {
  /** The order is for a wildcard name, even if `*.` was stripped from the target. */
  readonly wildcard: boolean;
  readonly parameters: DnsDcvParameters;
  /** Unix milliseconds, for records that expire. */
  readonly nowMs: number;
}

/** The records of an answer that the method compares: for a CAA contact, only the properties with its tag. */
export function selectRecords(
  { method }: Pick<DnsDcvParameters, 'method'>,
  records: readonly RecordData[],
): readonly RecordData[] {
  switch (method) {
    case 'contact-email-caa':
      return records.filter((record) => hasTag(record, 'contactemail'));
    case 'contact-phone-caa':
      return records.filter((record) => hasTag(record, 'contactphone'));
    default:
      return records;
  }
}

/**
 * Whether one record satisfies the check. One matching record is enough; records are never joined.
 *
 * All perspectives must see the same (TLS BR, by method): the value or token for 3.2.2.4.7 and .21, the contact for
 * .13, .14, .16 and .17, the address for .8, the name for 3.2.2.5.3, the account for .22 and 3.2.2.5.8.
 */
export function matchRecord(record: RecordData, { wildcard, parameters, nowMs }: MatchContext): Match {
  switch (parameters.method) {
    case 'acme-dns-01':
    case 'dns-account-01':
      return matchValue(dataOf(record), parameters.keyAuthorizationHash, {
        wholeValue: true,
        whenCaseDiffers: 'none',
      });
    case 'dns-change':
      return matchDnsChange(record, parameters);
    case 'dns-persistent':
      return matchPersistentRecord(dataOf(record), {
        issuerDomainNames: parameters.issuerDomainNames,
        expectedAccountUri: parameters.expectedAccountUri,
        demandsWildcardPolicy: parameters.requireWildcardPolicy && wildcard,
        nowMs,
      });
    case 'contact-email-txt':
    case 'contact-email-caa':
      return matchEmail(dataOf(record), parameters.challengeValue);
    case 'contact-phone-txt':
    case 'contact-phone-caa':
      return matchPhone(dataOf(record), parameters.challengeValue);
    case 'ip-address':
      return matchAddress(dataOf(record), parameters.challengeValue);
    case 'reverse-address-lookup':
      return matchName(dataOf(record), parameters.challengeValue, true);
  }
}

/**
 * TLS BR 3.2.2.4.7 [dcv-dns-change]. For TXT the request decides whether case counts; names compare without case. For
 * CAA a value with different case is at best a `lenient` match.
 */
function matchDnsChange(record: RecordData, parameters: DnsChange): Match {
  const { challengeValue, requireExactMatch: wholeValue, requireExactCase } = parameters;
  if (record.type === 'CNAME') return matchName(record.value, challengeValue, wholeValue);
  const withoutCase: Match = record.type === 'CAA' ? 'lenient' : 'exact';
  return matchValue(dataOf(record), challengeValue, {
    wholeValue,
    whenCaseDiffers: requireExactCase ? 'none' : withoutCase,
  });
}

function hasTag(record: RecordData, tag: string): boolean {
  return record.type === 'CAA' && equalsIgnoringCase(record.caa.tag, tag);
}

/** The text of a TXT record or CAA property, one character for each octet; the name or address of other records. */
export function dataOf(record: RecordData): string {
  return record.type === 'CAA' ? record.caa.value : record.value;
}
