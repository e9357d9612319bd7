import { describe, expect, it } from 'vitest';
import { refuseResponse } from '../../../../../shared/adapters/dns/message/response-code.ts';

const NOERROR = 0;
const SERVFAIL = 2;
const NXDOMAIN = 3;
const REFUSED = 5;

describe('refuseResponse (RFC 8914 section 4)', () => {
  it.each<{ rcode: number; codes: readonly number[]; reason: string | null }>([
    { rcode: NOERROR, codes: [], reason: null },
    { rcode: NXDOMAIN, codes: [], reason: null },
    { rcode: SERVFAIL, codes: [], reason: 'servfail' },
    { rcode: REFUSED, codes: [], reason: 'refused' },
    { rcode: 1, codes: [], reason: 'rcode' },
    { rcode: 4, codes: [], reason: 'rcode' },
    { rcode: 6, codes: [], reason: 'rcode' },
    { rcode: 16, codes: [], reason: 'rcode' },
    { rcode: 19, codes: [], reason: 'rcode' },
    ...[1, 2, 6, 7, 8, 9, 10, 11, 12, 25, 27].map((code) => ({
      rcode: SERVFAIL,
      codes: [code],
      reason: 'bogus',
    })),
    { rcode: SERVFAIL, codes: [5], reason: 'indeterminate' },
    { rcode: SERVFAIL, codes: [22], reason: 'unreachable' },
    { rcode: SERVFAIL, codes: [23], reason: 'unreachable' },
    { rcode: SERVFAIL, codes: [3], reason: 'servfail' },
    { rcode: SERVFAIL, codes: [22, 1], reason: 'bogus' },
    { rcode: NOERROR, codes: [1], reason: null },
    { rcode: NOERROR, codes: [2], reason: null },
    { rcode: SERVFAIL, codes: [22, 9], reason: 'bogus' },
    { rcode: SERVFAIL, codes: [22, 5], reason: 'indeterminate' },
    { rcode: NOERROR, codes: [27], reason: 'bogus' },
    { rcode: NXDOMAIN, codes: [27], reason: 'bogus' },
    { rcode: REFUSED, codes: [27], reason: 'bogus' },
    { rcode: NOERROR, codes: [6], reason: 'bogus' },
    { rcode: NOERROR, codes: [5], reason: 'indeterminate' },
    { rcode: NOERROR, codes: [3], reason: null },
    { rcode: NOERROR, codes: [22, 23], reason: null },
  ])('response code $rcode with extended errors $codes: $reason', ({ rcode, codes, reason }) => {
    const extendedErrors = codes.map((code) => ({ code, text: '' }));
    const question = { name: [], type: 257 };
    const message = { flags: 0x8180, question, rcode, answers: [], authority: [], extendedErrors };
    expect(refuseResponse(message)?.reason ?? null).toBe(reason);
  });
});
