import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../../shared/domain/check/check.ts';
import { readChallengeCertificate } from '../../../../../shared/domain/dcv/tls-alpn/certificate.ts';
import { judgeHandshake } from '../../../../../shared/domain/dcv/tls-alpn/judge.ts';
import { ACME_TLS_PROTOCOL } from '../../../../../shared/domain/dcv/tls-alpn/plan.ts';
import { makeLabCertificate } from '../../../../lab/web/lab-certificate.ts';

const SHOP: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const DIGEST = createHash('sha256').update('a key authorization').digest();
const { der } = makeLabCertificate({
  names: [{ type: 'dns', value: 'shop.example.com' }],
  acmeIdentifier: { digest: DIGEST },
});

const judge = (certificate: Uint8Array) =>
  judgeHandshake(SHOP, DIGEST, {
    status: 'answered',
    address: '11.0.0.1',
    protocol: 'TLSv1.3',
    alpnProtocol: ACME_TLS_PROTOCOL,
    certificate,
  });

describe('An untrusted certificate', () => {
  it('proves control without changes, as the baseline of these tests', () => {
    expect(judge(der).match).toBe('exact');
  });

  it('of random octets proves nothing, and the parser never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (octets) => {
        expect(judge(octets).match).toBe('none');
      }),
      { numRuns: 2_000 },
    );
  });

  it('with too deep nesting is rejected', () => {
    let nested = Buffer.from([5, 0]);
    for (let depth = 0; depth < 5_000 && nested.length < 60_000; depth++) {
      const length = nested.length < 128 ? [nested.length] : [0x82, nested.length >> 8, nested.length & 0xff];
      nested = Buffer.concat([Buffer.from([0x30, ...length]), nested]);
    }
    expect(readChallengeCertificate(nested).ok).toBe(false);
  });

  it('cut at any length proves nothing', () => {
    for (let length = 0; length < der.length; length++)
      expect(judge(der.subarray(0, length)).match).toBe('none');
  });

  it('with any octet changed proves nothing, because its signature is invalid', () => {
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const octets = Uint8Array.from(der);
        octets[at] = (octets[at] ?? 0) ^ change;
        expect(judge(octets).match).not.toBe('exact');
      }),
      { numRuns: 1_000 },
    );
  });

  it('with octets inserted or removed proves nothing', () => {
    fc.assert(
      fc.property(fc.nat(der.length), fc.nat(8), fc.uint8Array({ maxLength: 8 }), (at, removed, added) => {
        const octets = Buffer.concat([der.subarray(0, at), added, der.subarray(at + removed)]);
        fc.pre(!octets.equals(der));
        expect(judge(octets).match).not.toBe('exact');
      }),
      { numRuns: 2_000 },
    );
  });
});
