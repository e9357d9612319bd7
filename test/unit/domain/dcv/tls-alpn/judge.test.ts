import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../../shared/domain/check/check.ts';
import { judgeHandshake } from '../../../../../shared/domain/dcv/tls-alpn/judge.ts';
import { ACME_TLS_PROTOCOL, planTlsAlpnCheck } from '../../../../../shared/domain/dcv/tls-alpn/plan.ts';
import type { TlsHandshake } from '../../../../../shared/domain/dcv/tls-alpn/tls-observation.ts';
import {
  acmeIdentifierExtension,
  type LabCertificateOptions,
  makeLabCertificate,
  subjectAltNameExtension,
} from '../../../../lab/web/lab-certificate.ts';

const SHOP: Target = { kind: 'domain', name: 'shop.example.com', wildcard: false };
const IPV4: Target = { kind: 'ip', address: '11.0.0.1', family: 4 };
const IPV6: Target = { kind: 'ip', address: '2a00:1450::5', family: 6 };
const DIGEST = createHash('sha256').update('a key authorization').digest();
const OTHER_DIGEST = createHash('sha256').update('another').digest();
const NAMES = [{ type: 'dns', value: 'shop.example.com' }] as const;
const GOOD: LabCertificateOptions = { names: NAMES, acmeIdentifier: { digest: DIGEST } };
const V6_OCTETS = [0x2a, 0, 0x14, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5];

/** The expected message of an error, by the end of its type. */
const SAYS: Readonly<Record<string, RegExp>> = {
  protocol_not_negotiated: /did not select acme-tls\/1/,
  'certificate:no_certificate': /sent no certificate/,
  'certificate:malformed': /subjectAltName|not valid DER|longer than 16384 octets/,
  'certificate:not_self_signed': /not signed by its own key/,
  'certificate:extension_missing': /has no (?:subjectAltName|acmeIdentifier)/,
  'certificate:duplicate_extension': /an extension twice/,
  'certificate:noncritical_alpn_extension': /acmeIdentifier is not critical/,
  'certificate:malformed_alpn_extension': /octet string of 32 octets/,
  'certificate:no_single_san': /has \d+ entries, and has to have one/,
  'certificate:san_not_dnsname': /no dNSName/,
  'certificate:san_type_not_match': /no iPAddress/,
  'certificate:san_not_hostname': /another (?:name than shop\.example\.com|address than 11\.0\.0\.1)/,
};
const errorOf = (end: string) => ({
  type: `mpic_error:dcv_checker:tls_alpn:${end}`,
  message: expect.stringMatching(SAYS[end] ?? /no such row/),
});

const octets = (...bytes: readonly number[]) => Uint8Array.from(bytes);
const handshake = (options: LabCertificateOptions, changes: Partial<TlsHandshake> = {}): TlsHandshake => ({
  status: 'answered',
  address: '11.0.0.1',
  protocol: 'TLSv1.3',
  alpnProtocol: ACME_TLS_PROTOCOL,
  certificate: makeLabCertificate(options).der,
  ...changes,
});

describe('judgeHandshake (RFC 8737 section 3)', () => {
  it.each<{ name: string; target?: Target; options: LabCertificateOptions }>([
    { name: 'the digest for the name', options: GOOD },
    {
      name: 'the name in another case (RFC 4343)',
      options: { ...GOOD, names: [{ type: 'dns', value: 'SHOP.Example.COM' }] },
    },
    {
      name: 'an IPv4 address',
      target: IPV4,
      options: { ...GOOD, names: [{ type: 'ip', octets: [11, 0, 0, 1] }] },
    },
    {
      name: 'an IPv6 address',
      target: IPV6,
      options: { ...GOOD, names: [{ type: 'ip', octets: V6_OCTETS }] },
    },
    { name: 'an RSA key', options: { ...GOOD, keyType: 'rsa' } },
    { name: 'an Ed25519 key', options: { ...GOOD, keyType: 'ed25519' } },
    {
      name: 'an expired certificate, because dates are not checked',
      options: { ...GOOD, notBefore: new Date('2019-01-01'), notAfter: new Date('2019-02-01') },
    },
    {
      name: 'additional extensions',
      options: { ...GOOD, extensions: [{ id: '1.3.6.1.4.1.99999.1', critical: true, value: octets(5, 0) }] },
    },
  ])('corroborates for $name', ({ target = SHOP, options }) => {
    const { match, errors, evidence } = judgeHandshake(target, DIGEST, handshake(options));
    expect({ match, errors }).toEqual({ match: 'exact', errors: [] });
    expect(evidence).toMatchObject({ commonName: 'lab', acmeIdentifier: DIGEST.toString('hex') });
  });

  it.each<{ name: string; target?: Target; options: LabCertificateOptions; error: string }>([
    { name: 'no subjectAltName', options: { ...GOOD, names: null }, error: 'certificate:extension_missing' },
    { name: 'an empty subjectAltName', options: { ...GOOD, names: [] }, error: 'certificate:no_single_san' },
    {
      name: 'two names',
      options: { ...GOOD, names: [...NAMES, { type: 'dns', value: 'other.example.com' }] },
      error: 'certificate:no_single_san',
    },
    {
      name: 'the same name twice',
      options: { ...GOOD, names: [...NAMES, ...NAMES] },
      error: 'certificate:no_single_san',
    },
    {
      name: 'a name and an address',
      options: { ...GOOD, names: [...NAMES, { type: 'ip', octets: [11, 0, 0, 1] }] },
      error: 'certificate:no_single_san',
    },
    {
      name: 'another name',
      options: { ...GOOD, names: [{ type: 'dns', value: 'other.example.com' }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'a wildcard that would cover the name',
      options: { ...GOOD, names: [{ type: 'dns', value: '*.example.com' }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'the name with a final dot',
      options: { ...GOOD, names: [{ type: 'dns', value: 'shop.example.com.' }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'the name with a NUL after it',
      options: { ...GOOD, names: [{ type: 'dns', value: 'shop.example.com\0.evil.example' }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'the name as an email address',
      options: { ...GOOD, names: [{ type: 'email', value: 'shop.example.com' }] },
      error: 'certificate:san_not_dnsname',
    },
    {
      name: 'an address for a name',
      options: { ...GOOD, names: [{ type: 'ip', octets: [11, 0, 0, 1] }] },
      error: 'certificate:san_not_dnsname',
    },
    {
      name: 'a name for an address',
      target: IPV4,
      options: { ...GOOD, names: [{ type: 'dns', value: '11.0.0.1' }] },
      error: 'certificate:san_type_not_match',
    },
    {
      name: 'another address',
      target: IPV4,
      options: { ...GOOD, names: [{ type: 'ip', octets: [11, 0, 0, 2] }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'the address mapped into IPv6',
      target: IPV4,
      options: {
        ...GOOD,
        names: [{ type: 'ip', octets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 11, 0, 0, 1] }],
      },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'the address with a mask, as in name constraints',
      target: IPV4,
      options: { ...GOOD, names: [{ type: 'ip', octets: [11, 0, 0, 1, 255, 255, 255, 255] }] },
      error: 'certificate:san_not_hostname',
    },
    {
      name: 'no acmeIdentifier',
      options: { names: NAMES },
      error: 'certificate:extension_missing',
    },
    {
      name: 'an acmeIdentifier that is not critical',
      options: { ...GOOD, acmeIdentifier: { digest: DIGEST, critical: false } },
      error: 'certificate:noncritical_alpn_extension',
    },
    {
      name: 'an acmeIdentifier of 31 octets',
      options: { ...GOOD, acmeIdentifier: { digest: DIGEST.subarray(1) } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'an acmeIdentifier of 33 octets',
      options: { ...GOOD, acmeIdentifier: { digest: octets(...DIGEST, 0) } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'the digest without an octet string around it',
      options: { ...GOOD, acmeIdentifier: { rawValue: DIGEST } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'octets after the octet string',
      options: { ...GOOD, acmeIdentifier: { rawValue: octets(4, 32, ...DIGEST, 5, 0) } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'a constructed octet string, which is not DER',
      options: { ...GOOD, acmeIdentifier: { rawValue: octets(0x24, 34, 4, 32, ...DIGEST) } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'the length of the octet string in long form',
      options: { ...GOOD, acmeIdentifier: { rawValue: octets(4, 0x81, 32, ...DIGEST) } },
      error: 'certificate:malformed_alpn_extension',
    },
    {
      name: 'two acmeIdentifiers, the correct one first',
      options: {
        names: NAMES,
        extensions: [acmeIdentifierExtension({ digest: DIGEST })],
        acmeIdentifier: { digest: OTHER_DIGEST },
      },
      error: 'certificate:duplicate_extension',
    },
    {
      name: 'two subjectAltNames, the correct one first',
      options: {
        ...GOOD,
        names: [{ type: 'dns', value: 'other.example.com' }],
        extensions: [subjectAltNameExtension(NAMES)],
      },
      error: 'certificate:duplicate_extension',
    },
    {
      name: 'any other extension twice',
      options: {
        ...GOOD,
        extensions: [
          { id: '1.3.6.1.4.1.99999.1', value: octets(5, 0) },
          { id: '1.3.6.1.4.1.99999.1', value: octets(5, 0) },
        ],
      },
      error: 'certificate:duplicate_extension',
    },
    {
      name: 'a subjectAltName that is not a list of names',
      options: { ...GOOD, names: null, extensions: [{ id: '2.5.29.17', value: octets(4, 2, 65, 66) }] },
      error: 'certificate:malformed',
    },
    {
      name: 'a subjectAltName with octets after it',
      options: {
        ...GOOD,
        names: null,
        extensions: [{ id: '2.5.29.17', value: octets(...subjectAltNameExtension(NAMES).value, 5, 0) }],
      },
      error: 'certificate:malformed',
    },
  ])('fails with an error for $name', ({ target = SHOP, options, error }) => {
    const { match, errors, evidence } = judgeHandshake(target, DIGEST, handshake(options));
    expect({ match, errors }).toEqual({ match: 'none', errors: [errorOf(error)] });
    expect(evidence.commonName).toBeNull();
  });

  it('reports another digest as no match without an error, and shows it', () => {
    const answer = judgeHandshake(
      SHOP,
      DIGEST,
      handshake({ ...GOOD, acmeIdentifier: { digest: OTHER_DIGEST } }),
    );
    expect(answer).toMatchObject({ match: 'none', errors: [] });
    expect(answer.evidence.acmeIdentifier).toBe(OTHER_DIGEST.toString('hex'));
  });

  it.each<{ name: string; options: LabCertificateOptions; changes?: Partial<TlsHandshake>; error: string }>([
    {
      name: 'no protocol selected',
      options: GOOD,
      changes: { alpnProtocol: null },
      error: 'protocol_not_negotiated',
    },
    {
      name: 'another protocol selected',
      options: GOOD,
      changes: { alpnProtocol: 'http/1.1' },
      error: 'protocol_not_negotiated',
    },
    {
      name: 'a signature by another key',
      options: { ...GOOD, foreignSignature: true },
      error: 'certificate:not_self_signed',
    },
    {
      name: 'a broken signature',
      options: { ...GOOD, brokenSignature: true },
      error: 'certificate:not_self_signed',
    },
    { name: 'another issuer', options: { ...GOOD, issuerName: 'ca' }, error: 'certificate:not_self_signed' },
  ])('never matches with $name, which the reference does not check', ({ options, changes, error }) => {
    const { match, errors } = judgeHandshake(SHOP, DIGEST, handshake(options, changes));
    expect({ match, errors }).toEqual({ match: 'none', errors: [errorOf(error)] });
    const other = judgeHandshake(SHOP, OTHER_DIGEST, handshake(options, changes));
    expect(other.match).toBe('none');
  });

  it.each<{ name: string; certificate: Uint8Array | null; error: string }>([
    { name: 'no certificate', certificate: null, error: 'no_certificate' },
    { name: 'octets that are not a certificate', certificate: randomBytes(300), error: 'malformed' },
    { name: 'empty octets', certificate: new Uint8Array(), error: 'malformed' },
    {
      name: 'octets after the certificate',
      certificate: octets(...makeLabCertificate(GOOD).der, 0),
      error: 'malformed',
    },
    { name: 'more octets than the limit', certificate: new Uint8Array(70_000), error: 'malformed' },
  ])('fails for $name', ({ certificate, error }) => {
    const { match, errors } = judgeHandshake(SHOP, DIGEST, { ...handshake(GOOD), certificate });
    expect({ match, errors }).toEqual({ match: 'none', errors: [errorOf(`certificate:${error}`)] });
  });

  it.each<{
    name: string;
    names: NonNullable<LabCertificateOptions['names']> | null;
    seen: readonly string[] | null;
  }>([
    { name: 'no subjectAltName as none', names: null, seen: null },
    { name: 'an empty subjectAltName as an empty list', names: [], seen: [] },
    {
      name: 'a name as written',
      names: [{ type: 'dns', value: 'Shop.example' }],
      seen: ['DNS:Shop.example'],
    },
    {
      name: 'an address as its octets',
      names: [{ type: 'ip', octets: [11, 0, 0, 1] }],
      seen: ['IP:0b000001'],
    },
    { name: 'any other entry as its tag', names: [{ type: 'email', value: 'a@b.example' }], seen: ['tag 1'] },
    {
      name: 'ten entries without a count',
      names: Array.from({ length: 10 }, () => NAMES[0]),
      seen: Array.from({ length: 10 }, () => 'DNS:shop.example.com'),
    },
    {
      name: 'entries after the tenth as a count',
      names: Array.from({ length: 12 }, () => NAMES[0]),
      seen: [...Array.from({ length: 10 }, () => 'DNS:shop.example.com'), 'and 2 more'],
    },
  ])('shows $name', ({ names, seen }) => {
    const { evidence } = judgeHandshake(SHOP, DIGEST, handshake({ ...GOOD, names }));
    expect(evidence.subjectAltNames).toEqual(seen);
  });

  it.each([
    { name: 'unchanged', protocol: 'http/1.1', seen: 'http/1.1' },
    { name: 'with spaces and control characters escaped', protocol: 'a \x07', seen: 'a\\x20\\x07' },
    { name: 'cut to 253 characters', protocol: 'p'.repeat(255), seen: 'p'.repeat(253) },
  ])('shows the selected protocol $name', ({ protocol, seen }) => {
    expect(
      judgeHandshake(SHOP, DIGEST, handshake(GOOD, { alpnProtocol: protocol })).evidence.alpnProtocol,
    ).toBe(seen);
  });

  it('keeps evidence bounded and free of terminal control characters', () => {
    const names = Array.from(
      { length: 200 },
      () => ({ type: 'dns', value: `${'x'.repeat(900)}\u001b[31m` }) as const,
    );
    const { evidence } = judgeHandshake(SHOP, DIGEST, handshake({ ...GOOD, names: names.slice(0, 12) }));
    expect(evidence.subjectAltNames).toHaveLength(11);
    expect(JSON.stringify(evidence).length).toBeLessThan(6_000);
    expect(JSON.stringify(evidence)).not.toContain('\\u001b');
    const steering = judgeHandshake(SHOP, DIGEST, handshake({ ...GOOD, commonName: 'a\u001b[2Jb\u202e' }));
    expect(steering.evidence.commonName).toBe('a\ufffd[2Jb\ufffd');
  });
});

describe('planTlsAlpnCheck', () => {
  const parameters = { method: 'acme-tls-alpn-01', keyAuthorizationHash: DIGEST.toString('hex') } as const;

  it.each([
    { name: 'a name', target: SHOP, serverName: 'shop.example.com' },
    { name: 'an IPv4 address (RFC 8738 section 6)', target: IPV4, serverName: '1.0.0.11.in-addr.arpa' },
    {
      name: 'an IPv6 address',
      target: IPV6,
      serverName: '5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.4.1.0.0.a.2.ip6.arpa',
    },
  ])('puts $name into SNI', ({ target, serverName }) => {
    expect(planTlsAlpnCheck(target, parameters)).toMatchObject({
      status: 'planned',
      serverName,
      deviations: [],
    });
  });

  it.each([
    { name: 'hexadecimal digits', hash: DIGEST.toString('hex') },
    { name: 'capital hexadecimal digits', hash: DIGEST.toString('hex').toUpperCase() },
    { name: 'base64url', hash: DIGEST.toString('base64url') },
  ])('reads the digest as $name', ({ hash }) => {
    const plan = planTlsAlpnCheck(SHOP, { ...parameters, keyAuthorizationHash: hash });
    expect(plan.status === 'planned' && Buffer.from(plan.digest).equals(DIGEST)).toBe(true);
  });

  it.each([
    { name: '63 digits', hash: DIGEST.toString('hex').slice(1) },
    { name: 'padded base64url', hash: `${DIGEST.toString('base64url')}=` },
    { name: 'base64 with a plus sign', hash: `${'+'.repeat(43)}` },
    { name: 'base64url with stray bits at its end', hash: `${'A'.repeat(42)}B` },
    { name: 'an empty text', hash: '' },
  ])('refuses $name as a digest', ({ hash }) => {
    expect(planTlsAlpnCheck(SHOP, { ...parameters, keyAuthorizationHash: hash })).toMatchObject({
      status: 'refused',
      error: {
        type: 'mpic_error:dcv_checker:parameter',
        message: expect.stringMatching(/neither 64 hexadecimal digits nor 43 base64url characters/),
      },
    });
  });

  it('reports a wildcard as a deviation from the Baseline Requirements', () => {
    const plan = planTlsAlpnCheck({ ...SHOP, wildcard: true }, parameters);
    expect(plan).toMatchObject({ status: 'planned', serverName: 'shop.example.com' });
    expect(plan.status === 'planned' && plan.deviations).toEqual([
      {
        type: 'mpic_error:dcv_checker:parameter',
        message: 'acme-tls-alpn-01 cannot validate wildcard names',
      },
    ]);
  });

  it('refuses an invalid address', () => {
    expect(planTlsAlpnCheck({ ...IPV4, address: '11.0.1' }, parameters)).toEqual({
      status: 'refused',
      error: { type: 'mpic_error:dcv_checker:parameter', message: 'the target is no IP address' },
    });
  });

  it('refuses a name in a reverse zone', () => {
    const target: Target = {
      kind: 'reverse-name',
      name: '1.0.0.11.in-addr.arpa',
      address: '11.0.0.1',
      family: 4,
    };
    expect(planTlsAlpnCheck(target, parameters)).toMatchObject({
      status: 'refused',
      error: { message: 'acme-tls-alpn-01 cannot validate a name in a reverse zone' },
    });
  });
});
