import { describe, expect, it } from 'vitest';
import type { DnsDcvParameters } from '../../../../shared/domain/check/check.ts';
import type { Match } from '../../../../shared/domain/dcv/match.ts';
import { matchRecord, selectRecords } from '../../../../shared/domain/dcv/record-match.ts';
import type { RecordData } from '../../../../shared/domain/dns/lookup.ts';

type DnsChange = Extract<DnsDcvParameters, { method: 'dns-change' }>;

const VALUE = 'rv-81-5xqnwz7gk2mtha4';
const HASH = 'lCM7cZyQXcVHK2nnW3jjAhNT3Fvm18UN-kWZZknKoYM';

const txt = (value: string): RecordData => ({ type: 'TXT', value });
const caa = (tag: string, value: string): RecordData => ({ type: 'CAA', caa: { flags: 0, tag, value } });
const change = (requireExactCase: boolean): DnsChange => ({
  method: 'dns-change',
  challengeValue: VALUE,
  recordType: 'TXT',
  namePrefix: '',
  requireExactMatch: false,
  requireExactCase,
});

describe('selectRecords (TLS BR Appendix A.1 [caa-contact])', () => {
  const email = caa('ContactEmail', 'dns@shop.example');
  const phone = caa('contactphone', '+1-555-0100');
  const records = [caa('issue', 'ca.example'), email, phone];

  it.each<{ name: string; parameters: DnsDcvParameters; selected: readonly RecordData[] }>([
    {
      name: 'selects only contactemail, in any case, for an email contact',
      parameters: { method: 'contact-email-caa', challengeValue: 'x', namePrefix: '' },
      selected: [email],
    },
    {
      name: 'selects only contactphone for a phone contact',
      parameters: { method: 'contact-phone-caa', challengeValue: 'x', namePrefix: '' },
      selected: [phone],
    },
    { name: 'selects every property for a Random Value', parameters: change(true), selected: records },
  ])('$name', ({ parameters, selected }) => {
    expect(selectRecords(parameters, records)).toEqual(selected);
  });
});

describe('matchRecord', () => {
  it.each<{ name: string; record: RecordData; parameters: DnsDcvParameters; match: Match }>([
    {
      name: 'returns exact for a TXT value in another case if the request ignores case',
      record: txt(VALUE.toUpperCase()),
      parameters: change(false),
      match: 'exact',
    },
    {
      name: 'returns lenient for a CAA value in another case even if the request ignores case',
      record: caa('issue', VALUE.toUpperCase()),
      parameters: change(false),
      match: 'lenient',
    },
    {
      name: 'returns none for a value in another case if case counts',
      record: txt(VALUE.toUpperCase()),
      parameters: change(true),
      match: 'none',
    },
    {
      name: 'returns none for a digest in another case',
      record: txt(HASH.toLowerCase()),
      parameters: { method: 'acme-dns-01', keyAuthorizationHash: HASH },
      match: 'none',
    },
    {
      name: 'compares addresses as numbers',
      record: { type: 'AAAA', value: '2001:db8::5' },
      parameters: {
        method: 'ip-address',
        challengeValue: '2001:0DB8:0::0005',
        recordType: 'AAAA',
        namePrefix: '',
      },
      match: 'exact',
    },
  ])('$name', ({ record, parameters, match }) => {
    expect(matchRecord(record, { wildcard: false, parameters, nowMs: 0 })).toBe(match);
  });
});
