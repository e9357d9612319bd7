import type { DnsDcvParameters } from '../check/check.ts';
import { equalsIgnoringCase } from '../dns/ascii.ts';
import type { RecordData } from '../dns/lookup.ts';
import { matchEmail, matchPhone } from './contact.ts';
import type { Match } from './match.ts';
import { matchPersistentRecord } from './persistent.ts';
import { matchAddress, matchName, matchValue } from './values.ts';

type DnsChange = Extract<DnsDcvParameters, { method: 'dns-change' }>;

/** What a record is held against. */
export interface MatchContext {
  /** The order is for a wildcard name, whether the target still has its first label or not. */
  readonly wildcard: boolean;
  readonly parameters: DnsDcvParameters;
  /** Unix milliseconds, for records that end. */
  readonly nowMs: number;
}

/** The records of an answer that the method looks at: of a CAA set, only the properties that name a contact. */
export function selectRecords(
  parameters: DnsDcvParameters,
  records: readonly RecordData[],
): readonly RecordData[] {
  switch (parameters.method) {
    case 'contact-email-caa':
      return records.filter((record) => hasTag(record, 'contactemail'));
    case 'contact-phone-caa':
      return records.filter((record) => hasTag(record, 'contactphone'));
    default:
      return records;
  }
}

/**
 * Whether one record satisfies the check. Any one that does is enough; records are never joined.
 *
 * What must be the same at every perspective (TLS BR, by method): the value or token for 3.2.2.4.7 and .21, the
 * contact for .13, .14, .16 and .17, the address for .8, the name for 3.2.2.5.3, the account for .22 and 3.2.2.5.8.
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
 * TLS BR 3.2.2.4.7 [dcv-dns-change]. Case follows the request for TXT, and never counts in names. For CAA the API has no
 * say in it: the value is the one that was given out only if its case is too.
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

function dataOf(record: RecordData): string {
  return record.type === 'CAA' ? record.caa.value : record.value;
}
