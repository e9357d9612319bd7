import { readFileSync, writeFileSync } from 'node:fs';
import {
  acmeIdentifierExtension,
  type LabCertificateOptions,
  makeLabCertificate,
} from '../../lab/web/lab-certificate.ts';
import { NAME } from '../../support/views.ts';
import { IS_RECORDING } from './recording.ts';

/** What the certificates of the cases hold; SHA-256 of nothing in particular. */
export const DIGEST = Buffer.from('94233b719c905dc5472b69e75b78e3021353dc5be6d7c50dfa45996649caa183', 'hex');

const dns = { type: 'dns', value: NAME } as const;
const ip = { type: 'ip', octets: [11, 0, 0, 1] } as const;
const acmeIdentifier = { digest: DIGEST };
const fixed = { notBefore: new Date('2026-11-20T00:00:00Z'), notAfter: new Date('2026-11-27T00:00:00Z') };

const RECIPES = {
  right: { names: [dns], acmeIdentifier },
  'of the address': { names: [ip], acmeIdentifier },
  'with another digest': { names: [dns], acmeIdentifier: { digest: Buffer.alloc(32, 7) } },
  'of another name': { names: [{ type: 'dns', value: 'other.example.test' }], acmeIdentifier },
  'of two names': { names: [dns, { type: 'dns', value: 'other.example.test' }], acmeIdentifier },
  'without names': { names: null, acmeIdentifier },
  'without an acmeIdentifier': { names: [dns] },
  'with an acmeIdentifier that is not critical': {
    names: [dns],
    acmeIdentifier: { digest: DIGEST, critical: false },
  },
  'with an acmeIdentifier that is malformed': {
    names: [dns],
    acmeIdentifier: { rawValue: Buffer.from([4, 2, 1, 2]) },
  },
  'with an acmeIdentifier twice': {
    names: [dns],
    acmeIdentifier,
    extensions: [acmeIdentifierExtension(acmeIdentifier)],
  },
  'signed by another key': { names: [dns], acmeIdentifier, foreignSignature: true },
  'of another issuer': { names: [dns], acmeIdentifier, issuerName: 'another' },
} satisfies Record<string, LabCertificateOptions>;
export type CertificateName = keyof typeof RECIPES;

const FILE = new URL('certificates.json', import.meta.url);
const known: Record<string, string> = readKnown();

/** A certificate as it was made once: keys and signatures are random, and answers hold the octets of the certificate. */
export function certificateOf(name: CertificateName): Uint8Array {
  if (known[name] === undefined && IS_RECORDING) {
    const { der } = makeLabCertificate({ ...fixed, commonName: 'wire', ...RECIPES[name] });
    known[name] = Buffer.from(der).toString('base64');
    writeFileSync(FILE, `${JSON.stringify(known, null, 2)}\n`);
  }
  return Buffer.from(known[name] ?? '', 'base64');
}

function readKnown(): Record<string, string> {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>;
  } catch (error) {
    if (IS_RECORDING) return {};
    throw error;
  }
}
