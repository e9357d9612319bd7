import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { type LabCertificateOptions, makeLabCertificate } from '../../lab/web/lab-certificate.ts';

const NAMES = [{ type: 'dns', value: 'shop.test' }] as const;

describe('makeLabCertificate', () => {
  it.each(['p256', 'rsa', 'ed25519'] as const)('makes a self-signed one with a key of type %s', (keyType) => {
    const { der } = makeLabCertificate({ names: NAMES, keyType });
    const certificate = new X509Certificate(der);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.issuer).toBe(certificate.subject);
    expect(certificate.subjectAltName).toBe('DNS:shop.test');
  });

  it.each<{ name: string; options: LabCertificateOptions; altName: string | undefined }>([
    { name: 'no subjectAltName', options: { names: null }, altName: undefined },
    {
      name: 'several entries',
      options: {
        names: [...NAMES, { type: 'ip', octets: [127, 0, 0, 1] }, { type: 'email', value: 'a@shop.test' }],
      },
      altName: 'DNS:shop.test, IP Address:127.0.0.1, email:a@shop.test',
    },
  ])('makes one with $name', ({ options, altName }) => {
    expect(new X509Certificate(makeLabCertificate(options).der).subjectAltName).toBe(altName);
  });

  it.each<{ name: string; options: LabCertificateOptions }>([
    { name: 'by another key', options: { foreignSignature: true } },
    { name: 'that is broken', options: { brokenSignature: true } },
  ])('makes one with a signature $name', ({ options }) => {
    const certificate = new X509Certificate(makeLabCertificate(options).der);
    expect(certificate.verify(certificate.publicKey)).toBe(false);
  });

  it('makes one that is out of date', () => {
    const { der } = makeLabCertificate({
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2020-02-01'),
    });
    expect(Date.parse(new X509Certificate(der).validTo)).toBe(Date.parse('2020-02-01'));
  });

  it.each([
    { name: 'the last year in two digits', notAfter: '2049-12-31' },
    { name: 'the first year in four digits', notAfter: '2050-01-01' },
    { name: 'a year far away', notAfter: '9999-12-31' },
  ])('makes one that lasts until $name (RFC 5280 section 4.1.2.5)', ({ notAfter }) => {
    const { der } = makeLabCertificate({ notAfter: new Date(notAfter) });
    expect(Date.parse(new X509Certificate(der).validTo)).toBe(Date.parse(notAfter));
  });

  it('signs what the signed part was changed into, as it is', () => {
    const padded = Buffer.from([0xa0, 4, 2, 2, 0, 2]);
    const { der } = makeLabCertificate({
      mutateSigned: (tbs) => {
        const start = tbs.indexOf('a003020102', 0, 'hex');
        const head = Buffer.from(tbs.subarray(0, start));
        head[start - 1] = (head.at(-1) ?? 0) + 1;
        return Buffer.concat([head, padded, tbs.subarray(start + 5)]);
      },
    });
    expect(Buffer.from(der).includes(padded)).toBe(true);
  });

  it('shows what the certificate was changed into, as octets and as text', () => {
    const { cert, der } = makeLabCertificate({
      mutate: (certificate) => certificate.fill(0xaa, certificate.length - 1),
    });
    expect(der.at(-1)).toBe(0xaa);
    expect(new X509Certificate(cert).raw.equals(der)).toBe(true);
  });

  it('makes one that a TLS server can show', async () => {
    const { cert, key, der } = makeLabCertificate({
      names: NAMES,
      acmeIdentifier: { digest: new Uint8Array(32) },
    });
    const server = createServer({ cert, key, ALPNProtocols: ['acme-tls/1'] }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const socket = connect({
      port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ALPNProtocols: ['acme-tls/1'],
    });
    await once(socket, 'secureConnect');
    expect(socket.getPeerX509Certificate()?.raw.equals(der)).toBe(true);
    socket.destroy();
    server.close();
    await once(server, 'close');
  });
});
