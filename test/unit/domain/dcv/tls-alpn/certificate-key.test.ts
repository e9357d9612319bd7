import { createHash, generateKeyPairSync, randomBytes, sign, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { describe, expect, it } from 'vitest';
import { readChallengeCertificate } from '../../../../../shared/domain/dcv/tls-alpn/certificate.ts';
import { judgeHandshake } from '../../../../../shared/domain/dcv/tls-alpn/judge.ts';
import { makeLabCertificate } from '../../../../lab/web/lab-certificate.ts';
import { element, octets, partsOf } from './der-elements.ts';

const DIGEST = createHash('sha256').update('a key authorization').digest();
const GOOD = {
  names: [{ type: 'dns', value: 'shop.example.com' }],
  acmeIdentifier: { digest: DIGEST },
} as const;
const ECDSA_WITH_SHA256 = '300a06082a8648ce3d040302';
const SHA256_WITH_RSA = '300d06092a864886f70d01010b0500';
const DSA_WITH_SHA256 = '300b0609608648016503040302';
const RSA_ENCRYPTION_ID = Buffer.from('06092a864886f70d010101', 'hex');

const judge = (certificate: Uint8Array) =>
  judgeHandshake({ kind: 'domain', name: 'shop.example.com', wildcard: false }, DIGEST, {
    status: 'answered',
    address: '11.0.0.1',
    protocol: 'TLSv1.3',
    alpnProtocol: 'acme-tls/1',
    certificate,
  });

/** The valid certificate with another key and algorithm, signed by `makeSignature`. */
function withKey(spki: Buffer, algorithmHex: string, makeSignature: (tbs: Buffer) => Buffer): Buffer {
  const algorithm = Buffer.from(algorithmHex, 'hex');
  const [tbs = octets()] = partsOf(makeLabCertificate(GOOD).der);
  const signed = element(0x30, ...partsOf(tbs).with(2, algorithm).with(6, spki));
  return element(0x30, signed, algorithm, element(3, octets(0), makeSignature(signed)));
}

/** An RSA key with random odd numbers and no known private key. */
function rsaKey(modulusOctets: number, exponentOctets: number): Buffer {
  const number = (length: number) => {
    const value = randomBytes(length);
    value[length - 1] = (value.at(-1) ?? 0) | 1;
    return element(2, octets(0, 0x80), value);
  };
  const key = element(0x30, number(modulusOctets - 1), number(exponentOctets));
  return element(0x30, element(0x30, RSA_ENCRYPTION_ID, octets(5, 0)), element(3, octets(0), key));
}

const isSelfSigned = (der: Buffer) => {
  const result = readChallengeCertificate(der);
  return result.ok && result.certificate.isSelfSigned;
};
const isVerifiedByNode = (der: Buffer) => {
  const certificate = new X509Certificate(der);
  return certificate.verify(certificate.publicKey);
};

describe('A certificate', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });

  it('is self-signed with a common key and its signature', () => {
    expect(isSelfSigned(withKey(spki, ECDSA_WITH_SHA256, (tbs) => sign('sha256', tbs, privateKey)))).toBe(
      true,
    );
  });

  it('is not self-signed with an unsupported kind of key, even if the signature is valid', () => {
    const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
    const der = withKey(dsa.publicKey.export({ type: 'spki', format: 'der' }), DSA_WITH_SHA256, (tbs) =>
      sign('sha256', tbs, dsa.privateKey),
    );
    expect({ byNode: isVerifiedByNode(der), bySelf: isSelfSigned(der) }).toEqual({
      byNode: true,
      bySelf: false,
    });
  });

  it.each([
    { name: 'is self-signed if its key is short', padding: 100, expected: true },
    { name: 'is not self-signed if its key is too long', padding: 5_000, expected: false },
  ])('$name, with a valid signature', ({ padding, expected }) => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [, bits = octets()] = partsOf(rsa.publicKey.export({ type: 'spki', format: 'der' }));
    const padded = element(0x30, element(0x30, RSA_ENCRYPTION_ID, element(4, Buffer.alloc(padding))), bits);
    const der = withKey(padded, SHA256_WITH_RSA, (tbs) => sign('sha256', tbs, rsa.privateKey));
    expect({ byNode: isVerifiedByNode(der), bySelf: isSelfSigned(der) }).toEqual({
      byNode: true,
      bySelf: expected,
    });
  });

  it('is not self-signed if it names two algorithms (RFC 5280 section 4.1.1.2)', () => {
    const { der } = makeLabCertificate({
      ...GOOD,
      mutate: (certificate) => {
        const [tbs = octets(), , signature = octets()] = partsOf(certificate);
        return element(0x30, tbs, Buffer.from(SHA256_WITH_RSA, 'hex'), signature);
      },
    });
    expect(judge(der).match).toBe('none');
  });

  it.each([
    { name: 'a modulus longer than supported', key: rsaKey(2_064, 3) },
    { name: 'a modulus longer than a certificate', key: rsaKey(50_000, 3) },
    { name: 'an exponent as long as its modulus', key: rsaKey(384, 384) },
    { name: 'an exponent longer than a certificate', key: rsaKey(384, 50_000) },
    { name: 'a modulus and an exponent of the maximum size', key: rsaKey(2_048, 2_000) },
    { name: 'octets that are not a key', key: element(0x30, randomBytes(90)) },
    { name: 'an empty key', key: element(0x30) },
  ])('is quickly found not self-signed with $name', ({ key }) => {
    const der = withKey(key, SHA256_WITH_RSA, () => octets(0, ...randomBytes(2_047)));
    const before = performance.now();
    expect(judge(der).match).not.toBe('exact');
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  /** Order of P-256 (SP 800-186 section 3.2.1.3). */
  const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

  it('matches with either ECDSA signature value, s and n - s: only the signed part is tamper-proof', () => {
    const integer = (value: bigint) => new Uint8Array(asn1.Integer.fromBigInt(value).toBER());
    const makeSignature = (flip: boolean) => (tbs: Buffer) => {
      const raw = sign('sha256', tbs, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const [r, s] = [raw.subarray(0, 32), raw.subarray(32)].map((half) =>
        BigInt(`0x${half.toString('hex')}`),
      );
      if (r === undefined || s === undefined) throw new TypeError('a signature has two halves');
      return element(0x30, integer(r), integer(flip ? ORDER - s : s));
    };
    const matches = [false, true].map(
      (flip) => judge(withKey(spki, ECDSA_WITH_SHA256, makeSignature(flip))).match,
    );
    expect(matches).toEqual(['exact', 'exact']);
  });
});
