import { createHash, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChallengeCertificate,
  readChallengeCertificate,
} from '../../../../../shared/domain/dcv/tls-alpn/certificate.ts';
import { judgeHandshake } from '../../../../../shared/domain/dcv/tls-alpn/judge.ts';
import { type LabCertificateOptions, makeLabCertificate } from '../../../../lab/web/lab-certificate.ts';
import { element, octets, partsOf } from './der-elements.ts';

const NAME = Buffer.from('shop.example.com');
const DIGEST = createHash('sha256').update('a key authorization').digest();
const GOOD: LabCertificateOptions = {
  names: [{ type: 'dns', value: 'shop.example.com' }],
  acmeIdentifier: { digest: DIGEST },
};

/**
 * Change the fields of the signed part: version, serial number, algorithm, issuer, validity, subject, key, extensions.
 */
const withParts = (change: (parts: readonly Buffer[]) => readonly Buffer[]): LabCertificateOptions => ({
  ...GOOD,
  mutateSigned: (tbs) => element(0x30, ...change(partsOf(tbs))),
});
const withExtensions = (...extensions: readonly Buffer[]) =>
  withParts((parts) => [...parts.slice(0, -1), element(0xa3, element(0x30, ...extensions))]);
const withNames = (value: Buffer) =>
  withExtensions(element(0x30, SAN_ID, element(4, value)), ACME_IDENTIFIER);

const SAN_ID = octets(6, 3, 0x55, 0x1d, 0x11);
const ACME_ID = octets(6, 8, 0x2b, 6, 1, 5, 5, 7, 1, 0x1f);
const TRUE = octets(1, 1, 0xff);
const SAN_VALUE = element(4, element(0x30, element(0x82, NAME)));
const ACME_VALUE = element(4, element(4, DIGEST));
const SAN = element(0x30, SAN_ID, SAN_VALUE);
const ACME_IDENTIFIER = element(0x30, ACME_ID, TRUE, ACME_VALUE);

const nested = (depth: number): Buffer => element(0x30, ...(depth > 1 ? [nested(depth - 1)] : []));
const COMMON_NAME_ID = octets(6, 3, 0x55, 4, 3);
const ORGANISATION_ID = octets(6, 3, 0x55, 4, 10);
const withSubject = (attribute: Buffer) =>
  withParts((parts) => parts.with(5, element(0x30, element(0x31, attribute))));

function read(options: LabCertificateOptions): ChallengeCertificate | string {
  const result = readChallengeCertificate(makeLabCertificate(options).der);
  return result.ok ? result.certificate : result.message;
}

const judge = (certificate: Uint8Array) =>
  judgeHandshake({ kind: 'domain', name: 'shop.example.com', wildcard: false }, DIGEST, {
    status: 'answered',
    address: '11.0.0.1',
    protocol: 'TLSv1.3',
    alpnProtocol: 'acme-tls/1',
    certificate,
  });

describe('readChallengeCertificate', () => {
  it('returns the facts that a check needs', () => {
    const { der } = makeLabCertificate({
      names: [
        { type: 'dns', value: 'SHOP.example.com' },
        { type: 'ip', octets: [11, 0, 0, 1] },
        { type: 'email', value: 'a@example.com' },
      ],
      acmeIdentifier: { digest: DIGEST },
      commonName: 'shop',
    });
    expect(readChallengeCertificate(der)).toEqual({
      ok: true,
      certificate: {
        extensionIds: ['2.5.29.17', '1.3.6.1.5.5.7.1.31'],
        subjectAltNames: [
          [
            { type: 'dns', name: 'SHOP.example.com' },
            { type: 'ip', octets: new Uint8Array([11, 0, 0, 1]) },
            { type: 'other', tag: 1 },
          ],
        ],
        acmeIdentifiers: [{ critical: true, value: new Uint8Array([4, 32, ...DIGEST]) }],
        commonName: 'shop',
        isSelfSigned: true,
        sha256: createHash('sha256').update(der).digest('hex'),
      },
    });
  });

  it('keeps different non-ASCII octets of a name distinct', () => {
    const [one, other] = ['sh\u00f6p.example.com', 'sh\u00d6p.example.com'].map((value) =>
      read({ ...GOOD, names: [{ type: 'dns', value }] }),
    );
    expect(one).toMatchObject({ subjectAltNames: [[{ name: 'sh\u00f6p.example.com' }]] });
    expect(other).toMatchObject({ subjectAltNames: [[{ name: 'sh\u00d6p.example.com' }]] });
  });
});

describe('the parts of a certificate (RFC 5280 section 4.1)', () => {
  const [tbs = octets(), ...signature] = partsOf(makeLabCertificate(GOOD).der);

  it.each<{ name: string; der: Buffer; message: RegExp }>([
    { name: 'an empty sequence', der: element(0x30), message: /lacks its parts/ },
    { name: 'a signed part alone', der: element(0x30, tbs), message: /lacks its parts/ },
    {
      name: 'a part after the signature',
      der: element(0x30, tbs, ...signature, octets(5, 0)),
      message: /lacks its parts/,
    },
    {
      name: 'a SET of the parts',
      der: element(0x31, tbs, ...signature),
      message: /^the certificate has not the form/,
    },
    {
      name: 'an empty signed part',
      der: element(0x30, element(0x30), ...signature),
      message: /signed part of the certificate lacks fields/,
    },
    {
      name: 'a signed part in a SET',
      der: element(0x30, element(0x31, ...partsOf(tbs)), ...signature),
      message: /^the signed part has not the form/,
    },
    { name: 'more than 16384 octets', der: Buffer.alloc(16_385), message: /longer than 16384 octets/ },
    { name: 'octets that are not DER', der: octets(1, 2, 3), message: /not valid DER/ },
  ])('are rejected for $name', ({ der, message }) => {
    expect(readChallengeCertificate(der)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  it.each<{ name: string; options: LabCertificateOptions; seen: Partial<ChallengeCertificate> }>([
    {
      name: 'no extensions in version 1',
      options: withParts((parts) => parts.slice(1, -1)),
      seen: { extensionIds: [], subjectAltNames: [], acmeIdentifiers: [] },
    },
    {
      name: 'no extensions after a unique identifier',
      options: withParts((parts) => [...parts.slice(0, -1), element(0x81, octets(0, 1))]),
      seen: { extensionIds: [] },
    },
    {
      name: 'an explicitly non-critical extension as not critical',
      options: withExtensions(SAN, element(0x30, ACME_ID, octets(1, 1, 0), ACME_VALUE)),
      seen: { acmeIdentifiers: [{ critical: false, value: new Uint8Array([4, 32, ...DIGEST]) }] },
    },
    {
      name: 'no common name if the subject has another attribute',
      options: withSubject(element(0x30, ORGANISATION_ID, element(0x0c, Buffer.from('lab')))),
      seen: { commonName: null },
    },
    {
      name: 'no common name if it is not a string',
      options: withSubject(element(0x30, COMMON_NAME_ID, octets(2, 1, 7))),
      seen: { commonName: null },
    },
    {
      name: 'a hundred characters of a common name',
      options: { ...GOOD, commonName: 'c'.repeat(150) },
      seen: { commonName: 'c'.repeat(100) },
    },
    {
      name: '256 names',
      options: withNames(element(0x30, ...Array.from({ length: 256 }, () => element(0x82, NAME)))),
      seen: {
        subjectAltNames: [
          Array.from({ length: 256 }, () => ({ type: 'dns', name: NAME.toString() }) as const),
        ],
      },
    },
  ])('are parsed: $name', ({ options, seen }) => {
    expect(read(options)).toMatchObject(seen);
  });
});

describe('the length of a certificate', () => {
  /** An Ed25519 signature has a fixed length, so an extension can fill the rest. */
  const filled = (fill: number) =>
    makeLabCertificate({
      ...GOOD,
      keyType: 'ed25519',
      extensions: [{ id: '1.3.6.1.4.1.99999.1', value: Buffer.alloc(fill) }],
    }).der;
  const rest = filled(10_000).length - 10_000;

  it.each([
    { octetCount: 16_384, match: 'exact' },
    { octetCount: 16_385, match: 'none' },
  ])('is at most 16384 octets: $match with $octetCount', ({ octetCount, match }) => {
    const der = filled(octetCount - rest);
    expect(der).toHaveLength(octetCount);
    expect(judge(der).match).toBe(match);
  });
});

// Each is signed by its own key, so none is rejected because of its signature.
describe('A hand-written certificate with a valid signature', () => {
  it.each<{ name: string; options: LabCertificateOptions }>([
    { name: 'in plain DER', options: withExtensions(SAN, ACME_IDENTIFIER) },
    {
      name: 'with unique identifiers before the extensions (RFC 5280 section 4.1.2.8)',
      options: withParts((parts) => [
        ...parts.slice(0, -1),
        element(0x81, octets(0, 1)),
        element(0x82, octets(0, 1)),
        ...parts.slice(-1),
      ]),
    },
    {
      name: 'with an explicitly non-critical extension',
      options: withExtensions(element(0x30, SAN_ID, octets(1, 1, 0), SAN_VALUE), ACME_IDENTIFIER),
    },
    {
      name: 'with an extension whose content looks like deeply nested elements',
      options: withExtensions(
        SAN,
        element(0x30, octets(6, 3, 0x2a, 3, 4), element(4, Buffer.from('30800480'.repeat(200), 'hex'))),
        ACME_IDENTIFIER,
      ),
    },
    {
      name: 'with an element of 128 octets, the shortest with a two-octet length',
      options: withExtensions(
        SAN,
        element(0x30, octets(6, 3, 0x2a, 3, 4), element(4, Buffer.alloc(128))),
        ACME_IDENTIFIER,
      ),
    },
    {
      name: 'with an identifier whose arc has a zero group inside',
      options: withExtensions(
        SAN,
        element(0x30, octets(6, 5, 0x2a, 3, 0x81, 0x80, 0), octets(4, 0)),
        ACME_IDENTIFIER,
      ),
    },
    {
      name: 'with 64 extensions',
      options: withExtensions(
        SAN,
        ...Array.from({ length: 62 }, (_, arc) => element(0x30, octets(6, 3, 0x2a, 3, arc), octets(4, 0))),
        ACME_IDENTIFIER,
      ),
    },
  ])('corroborates $name', ({ options }) => {
    expect(judge(makeLabCertificate(options).der)).toMatchObject({ match: 'exact', errors: [] });
  });

  // X.690 sections 8 to 11: encodings that DER forbids.
  it.each<{ name: string; options: LabCertificateOptions; message: RegExp }>([
    {
      name: 'the names in a SET',
      options: withNames(element(0x31, element(0x82, NAME))),
      message: /subjectAltName has not the form/,
    },
    {
      name: 'the names in an element of another class',
      options: withNames(element(0xa5, element(0x82, NAME))),
      message: /subjectAltName has not the form/,
    },
    {
      name: 'the names in a primitive sequence',
      options: withNames(element(0x10, element(0x82, NAME))),
      message: /./,
    },
    {
      name: 'the tag of a name in two octets',
      options: withNames(element(0x30, element([0x9f, 2], NAME))),
      message: /a tag in the certificate/,
    },
    {
      name: 'the tag of the list of names in two octets',
      options: withNames(element([0x3f, 0x10], element(0x82, NAME))),
      message: /a tag in the certificate/,
    },
    {
      name: 'a name of the application class',
      options: withNames(element(0x30, element(0x42, NAME))),
      message: /is no name/,
    },
    {
      name: 'a name of the private class',
      options: withNames(element(0x30, element(0xc2, NAME))),
      message: /is no name/,
    },
    {
      name: 'a list of names with an indefinite length',
      options: withNames(Buffer.concat([octets(0x30, 0x80), element(0x82, NAME), octets(0, 0)])),
      message: /a length in the certificate/,
    },
    {
      name: 'the length of a name in more octets than it needs',
      options: withNames(element(0x30, octets(0x82, 0x81, NAME.length), NAME)),
      message: /a length in the certificate/,
    },
    {
      name: 'an end-of-contents after the name',
      options: withNames(element(0x30, element(0x82, NAME), octets(0, 0))),
      message: /is no name/,
    },
    {
      name: 'a name that extends beyond the list',
      options: withNames(element(0x30, octets(0x82, NAME.length + 1), NAME)),
      message: /./,
    },
    {
      name: 'a list of names whose length is shorter than its name',
      options: withNames(Buffer.concat([octets(0x30, 2), element(0x82, NAME)])),
      message: /subjectAltName is longer or shorter/,
    },
    {
      name: 'a list of names whose length is zero',
      options: withNames(Buffer.concat([octets(0x30, 0), element(0x82, NAME)])),
      message: /./,
    },
    {
      name: 'a list of names whose length is longer than its name',
      options: withNames(Buffer.concat([octets(0x30, NAME.length + 3), element(0x82, NAME)])),
      message: /./,
    },
    {
      name: 'a last extension that extends beyond the list of extensions',
      options: withParts((parts) => {
        const extensions = Buffer.concat([SAN, ACME_IDENTIFIER]);
        return [...parts.slice(0, -1), element(0xa3, octets(0x30, SAN.length + 2), extensions)];
      }),
      message: /list of extensions is longer or shorter/,
    },
    {
      name: 'a value that extends beyond its extension',
      options: withExtensions(
        SAN,
        Buffer.concat([octets(0x30, ACME_ID.length + TRUE.length + 2), ACME_ID, TRUE, ACME_VALUE]),
      ),
      message: /an extension is longer or shorter/,
    },
    {
      name: 'padding in the identifier of an extension',
      options: withExtensions(
        element(0x30, octets(6, 4, 0x55, 0x1d, 0x80, 0x11), SAN_VALUE),
        ACME_IDENTIFIER,
      ),
      message: /no identifier/,
    },
    {
      name: 'padding that disguises a duplicate extension',
      options: withExtensions(
        SAN,
        element(0x30, octets(6, 4, 0x80, 0x55, 0x1d, 0x11), SAN_VALUE),
        ACME_IDENTIFIER,
      ),
      message: /no identifier/,
    },
    {
      name: 'a truncated identifier',
      options: withExtensions(
        SAN,
        element(0x30, octets(6, 4, 0x55, 0x1d, 0x11, 0x81), SAN_VALUE),
        ACME_IDENTIFIER,
      ),
      message: /./,
    },
    {
      name: 'an extension in a SET',
      options: withExtensions(element(0x31, SAN_ID, SAN_VALUE), ACME_IDENTIFIER),
      message: /an extension has not the form/,
    },
    {
      name: 'an extension value in constructed form',
      options: withExtensions(element(0x30, SAN_ID, element(0x24, SAN_VALUE)), ACME_IDENTIFIER),
      message: /no octet string/,
    },
    {
      name: 'a field after the value of an extension',
      options: withExtensions(element(0x30, SAN_ID, TRUE, SAN_VALUE, octets(5, 0)), ACME_IDENTIFIER),
      message: /no identifier or no value/,
    },
    {
      name: 'true as 1',
      options: withExtensions(SAN, element(0x30, ACME_ID, octets(1, 1, 1), ACME_VALUE)),
      message: /no boolean/,
    },
    {
      name: 'true as two octets',
      options: withExtensions(SAN, element(0x30, ACME_ID, octets(1, 2, 0xff, 0xff), ACME_VALUE)),
      message: /no boolean/,
    },
    {
      name: 'true as the number 255',
      options: withExtensions(SAN, element(0x30, ACME_ID, octets(2, 1, 0xff), ACME_VALUE)),
      message: /no boolean/,
    },
    {
      name: 'two lists of extensions',
      options: withParts((parts) => [...parts, ...parts.slice(-1)]),
      message: /in the wrong place/,
    },
    {
      name: 'two lists of extensions in one field',
      options: withParts((parts) => [
        ...parts.slice(0, -1),
        element(0xa3, element(0x30, SAN), element(0x30, ACME_IDENTIFIER)),
      ]),
      message: /not one list/,
    },
    {
      name: 'a unique identifier after the extensions',
      options: withParts((parts) => [...parts, element(0x81, octets(0, 1))]),
      message: /in the wrong place/,
    },
    {
      name: 'an unknown field',
      options: withParts((parts) => [...parts, element(0xa4, octets(5, 0))]),
      message: /in the wrong place/,
    },
    {
      name: 'extensions in version 1 (RFC 5280 section 4.1.2.9)',
      options: withParts((parts) => parts.slice(1)),
      message: /not of version 3/,
    },
    {
      name: 'extensions in version 1 with a serial number that looks like version 3',
      options: withParts((parts) => [element(2, octets(2, 1, 2)), ...parts.slice(2)]),
      message: /not of version 3/,
    },
    {
      name: 'an issuer with 40 levels of nesting',
      options: withParts((parts) => parts.with(3, nested(40))),
      message: /not valid DER/,
    },
    {
      name: 'an issuer of 6000 elements',
      options: withParts((parts) => parts.with(3, element(0x30, Buffer.alloc(12_000, octets(5, 0))))),
      message: /not valid DER/,
    },
    {
      name: 'extensions without a list',
      options: withParts((parts) => [...parts.slice(0, -1), element(0xa3)]),
      message: /not one list/,
    },
    {
      name: 'extensions that are not a list',
      options: withParts((parts) => [...parts.slice(0, -1), element(0x83, octets(5, 0))]),
      message: /^the extensions has not the form/,
    },
    {
      name: 'an extension without a value',
      options: withExtensions(element(0x30, SAN_ID), ACME_IDENTIFIER),
      message: /no identifier or no value/,
    },
    {
      name: 'an empty extension',
      options: withExtensions(element(0x30), ACME_IDENTIFIER),
      message: /no identifier or no value/,
    },
    {
      name: 'an extension with an integer as its identifier',
      options: withExtensions(element(0x30, octets(2, 1, 5), SAN_VALUE), ACME_IDENTIFIER),
      message: /no identifier or no value/,
    },
    {
      name: 'a subject in a SET',
      options: withParts((parts) => parts.with(5, element(0x31))),
      message: /^the subject has not the form/,
    },
    {
      name: 'a part of the subject in a SEQUENCE',
      options: withParts((parts) => parts.with(5, element(0x30, element(0x30)))),
      message: /^a part of the subject has not the form/,
    },
    {
      name: 'an attribute of the subject in a SET',
      options: withSubject(element(0x31, COMMON_NAME_ID)),
      message: /^an attribute of the subject has not the form/,
    },
    {
      name: 'extensions in version 2',
      options: withParts((parts) => [element(0xa0, octets(2, 1, 1)), ...parts.slice(1)]),
      message: /not of version 3/,
    },
    {
      name: 'version 3 with padding',
      options: withParts((parts) => [element(0xa0, octets(2, 2, 0, 2)), ...parts.slice(1)]),
      message: /not of version 3/,
    },
    {
      name: 'no key',
      options: withParts((parts) => parts.slice(0, 6)),
      message: /lacks fields/,
    },
    {
      name: 'more extensions than the limit',
      options: withExtensions(
        SAN,
        ...Array.from({ length: 63 }, (_, arc) => element(0x30, octets(6, 3, 0x2a, 3, arc), octets(4, 0))),
        ACME_IDENTIFIER,
      ),
      message: /more than 64 extensions/,
    },
    {
      name: 'more names than the limit',
      options: withNames(element(0x30, ...Array.from({ length: 257 }, () => element(0x82, NAME)))),
      message: /more than 256 entries/,
    },
  ])('is rejected for $name', ({ options, message }) => {
    const { der } = makeLabCertificate(options);
    expect(judge(der).match).toBe('none');
    expect(readChallengeCertificate(der)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });

  it('never matches if OpenSSL reads another name in it', () => {
    let corroborated = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 255 }), (at, octet) => {
        const { der } = makeLabCertificate({
          ...GOOD,
          mutateSigned: (tbs) => tbs.fill(octet, at % tbs.length, (at % tbs.length) + 1),
        });
        if (judge(der).match !== 'exact') return;
        corroborated++;
        expect(new X509Certificate(der).subjectAltName?.toLowerCase()).toBe('dns:shop.example.com');
      }),
      { numRuns: 250 },
    );
    // Serial number, dates and party names may change, because they are not checked.
    expect(corroborated).toBeGreaterThan(0);
  });
});
