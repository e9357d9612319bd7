import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import {
  childrenOf,
  contextTag,
  DerProblem,
  identifierOf,
  isUniversal,
  octetsOf,
  readDer,
  textOf,
} from './der.ts';

/** One entry of a subjectAltName (RFC 5280 section 4.2.1.6). */
export type SubjectAltName =
  | { readonly type: 'dns'; readonly name: string }
  | { readonly type: 'ip'; readonly octets: Uint8Array }
  /** Any other kind, with the number of its tag. */
  | { readonly type: 'other'; readonly tag: number };

export interface AcmeIdentifier {
  readonly critical: boolean;
  /** The content of extnValue. */
  readonly value: Uint8Array;
}

/** The parts of a certificate that a check needs. */
export interface ChallengeCertificate {
  /** Object identifiers of all extensions, in order, duplicates included. */
  readonly extensionIds: readonly string[];
  /** Entries of each subjectAltName extension. */
  readonly subjectAltNames: readonly (readonly SubjectAltName[])[];
  readonly acmeIdentifiers: readonly AcmeIdentifier[];
  /** The last commonName of the subject, for display; null if there is none. */
  readonly commonName: string | null;
  /** Issuer and subject are equal, and the certificate's own key made the signature. */
  readonly isSelfSigned: boolean;
  /** SHA-256 of the certificate, lower-case hexadecimal. */
  readonly sha256: string;
}

export type CertificateResult =
  | { readonly ok: true; readonly certificate: ChallengeCertificate }
  | { readonly ok: false; readonly message: string };

/** A challenge certificate has about 500 octets; this bounds the time for a malicious one. */
const MAX_CERTIFICATE_OCTETS = 16 * 1024;
const MAX_EXTENSIONS = 64;
const MAX_NAMES = 256;

const SUBJECT_ALT_NAME = '2.5.29.17';
/** RFC 8737 section 6.1, id-pe-acmeIdentifier. */
const ACME_IDENTIFIER = '1.3.6.1.5.5.7.1.31';
const COMMON_NAME = '2.5.4.3';

const DNS_NAME_TAG = 2;
const IP_ADDRESS_TAG = 7;

/**
 * Parse a leaf certificate (RFC 5280 section 4.1) as strict DER: input that could be read in two ways is rejected.
 * Never throws.
 */
export function readChallengeCertificate(der: Uint8Array): CertificateResult {
  if (der.length > MAX_CERTIFICATE_OCTETS) {
    return { ok: false, message: `the certificate is longer than ${MAX_CERTIFICATE_OCTETS} octets` };
  }
  try {
    return { ok: true, certificate: readCertificate(der) };
  } catch (error) {
    // The library throws its own errors for input that it cannot parse.
    const message = error instanceof DerProblem ? error.message : 'the certificate is not valid DER';
    return { ok: false, message };
  }
}

function readCertificate(der: Uint8Array): ChallengeCertificate {
  const [tbs, ...signature] = childrenOf(readDer(der), 'the certificate');
  if (tbs === undefined || signature.length !== 2) throw new DerProblem('the certificate lacks its parts');
  const { issuer, subject, publicKey, extensions } = readTbs(tbs);
  const subjectAltNames: (readonly SubjectAltName[])[] = [];
  const acmeIdentifiers: AcmeIdentifier[] = [];
  for (const { id, critical, value } of extensions) {
    if (id === SUBJECT_ALT_NAME) subjectAltNames.push(readNames(value));
    if (id === ACME_IDENTIFIER) acmeIdentifiers.push({ critical, value });
  }
  return {
    extensionIds: extensions.map(({ id }) => id),
    subjectAltNames,
    acmeIdentifiers,
    commonName: readCommonName(subject),
    isSelfSigned: sameOctets(issuer, subject) && isShortKey(publicKey) && isSignedByItself(der),
    sha256: createHash('sha256').update(der).digest('hex'),
  };
}

interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** RFC 5280 section 4.1.2, from the serial number on. */
function readTbs(tbs: asn1.BaseBlock) {
  const parts = childrenOf(tbs, 'the signed part');
  const [first] = parts;
  const fields = first !== undefined && contextTag(first) === 0 ? parts.slice(1) : parts;
  const [, , issuer, , subject, publicKey, ...rest] = fields;
  if (issuer === undefined || subject === undefined || publicKey === undefined) {
    throw new DerProblem('the signed part of the certificate lacks fields');
  }
  const explicit = findExtensions(rest);
  if (explicit !== undefined && !isVersion3(first)) {
    throw new DerProblem('the certificate has extensions, and is not of version 3');
  }
  const extensions = explicit === undefined ? [] : readExtensions(explicit);
  return { issuer, subject, publicKey, extensions };
}

/** DER of INTEGER 2. */
const VERSION_3 = Buffer.from([2, 1, 2]);

/** RFC 5280 section 4.1.2.9. Some parsers ignore extensions in other versions. */
function isVersion3(first: asn1.BaseBlock | undefined): boolean {
  return first !== undefined && contextTag(first) === 0 && VERSION_3.equals(octetsOf(first));
}

const EXTENSIONS_TAG = 3;

/**
 * After the key, unique identifiers (tags 1 and 2) and the extensions may follow, in this order and at most once each.
 */
function findExtensions(rest: readonly asn1.BaseBlock[]): asn1.BaseBlock | undefined {
  let last = 0;
  for (const tag of rest.map(contextTag)) {
    if (tag === null || tag <= last || tag > EXTENSIONS_TAG) {
      throw new DerProblem('the signed part of the certificate has a field in the wrong place');
    }
    last = tag;
  }
  return last === EXTENSIONS_TAG ? rest.at(-1) : undefined;
}

function readExtensions(explicit: asn1.BaseBlock): readonly Extension[] {
  const [list, ...more] = childrenOf(explicit, 'the extensions', asn1.Constructed);
  if (list === undefined || more.length > 0) throw new DerProblem('the extensions are not one list');
  const items = childrenOf(list, 'the list of extensions');
  if (items.length > MAX_EXTENSIONS) throw new DerProblem(`there are more than ${MAX_EXTENSIONS} extensions`);
  return items.map(readExtension);
}

/** RFC 5280 section 4.1: `critical` defaults to FALSE. */
function readExtension(item: asn1.BaseBlock): Extension {
  const parts = childrenOf(item, 'an extension');
  const [first, second, third] = parts;
  const id = identifierOf(first);
  const value = parts.length === 3 ? third : second;
  if (id === null || value === undefined || parts.length > 3) {
    throw new DerProblem('an extension has no identifier or no value');
  }
  const critical = parts.length === 3 && readCritical(second);
  if (!isUniversal(value, asn1.OctetString))
    throw new DerProblem('the value of an extension is no octet string');
  return { id, critical, value: octetsOf(value) };
}

/** In DER the one octet of a BOOLEAN is 0 or 255 (X.690 section 11.1). */
function readCritical(block: asn1.BaseBlock | undefined): boolean {
  const [octet, ...more] = block instanceof asn1.Boolean ? octetsOf(block) : [];
  if (more.length > 0 || (octet !== 0 && octet !== 0xff)) {
    throw new DerProblem('the critical flag of an extension is no boolean');
  }
  return octet === 0xff;
}

function readNames(value: Uint8Array): readonly SubjectAltName[] {
  const names = childrenOf(readDer(value), 'the subjectAltName');
  if (names.length > MAX_NAMES) throw new DerProblem(`the subjectAltName has more than ${MAX_NAMES} entries`);
  return names.map(readName);
}

/** A dNSName is decoded as latin1, so non-ASCII octets stay distinct and match no target name. */
function readName(block: asn1.BaseBlock): SubjectAltName {
  const tag = contextTag(block);
  if (tag === null) throw new DerProblem('an entry of the subjectAltName is no name');
  const isPrimitive = block instanceof asn1.Primitive;
  if (tag === DNS_NAME_TAG && isPrimitive) {
    return { type: 'dns', name: Buffer.from(octetsOf(block)).toString('latin1') };
  }
  if (tag === IP_ADDRESS_TAG && isPrimitive) return { type: 'ip', octets: octetsOf(block) };
  return { type: 'other', tag };
}

function readCommonName(subject: asn1.BaseBlock): string | null {
  let found: string | null = null;
  for (const relativeName of childrenOf(subject, 'the subject')) {
    for (const attribute of childrenOf(relativeName, 'a part of the subject', asn1.Set)) {
      const [id, value] = childrenOf(attribute, 'an attribute of the subject');
      if (identifierOf(id) === COMMON_NAME && value !== undefined) found = textOf(value);
    }
  }
  return found;
}

function sameOctets(one: asn1.BaseBlock, other: asn1.BaseBlock): boolean {
  return Buffer.from(one.valueBeforeDecodeView).equals(other.valueBeforeDecodeView);
}

const MAX_MODULUS_BITS = 16_384;
/** Room for a modulus and an exponent of that size. */
const MAX_KEY_OCTETS = (2 * MAX_MODULUS_BITS) / 8 + 100;

/** Checked before Node parses the key, which takes time quadratic in the length of the exponent. */
function isShortKey({ valueBeforeDecodeView }: asn1.BaseBlock): boolean {
  return valueBeforeDecodeView.length <= MAX_KEY_OCTETS;
}

const KEY_TYPES: readonly (string | undefined)[] = ['rsa', 'rsa-pss', 'ec', 'ed25519', 'ed448'];

/** False for a key of an unknown kind or one that would take too long to verify. */
function isSignedByItself(der: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    const { publicKey } = certificate;
    return isUsableKey(publicKey) && certificate.verify(publicKey);
  } catch {
    return false;
  }
}

/** Named curves only: explicit curve parameters could make each operation arbitrarily slow. */
function isUsableKey({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (!KEY_TYPES.includes(asymmetricKeyType)) return false;
  if (asymmetricKeyType === 'ec') return asymmetricKeyDetails?.namedCurve !== undefined;
  return (asymmetricKeyDetails?.modulusLength ?? 0) <= MAX_MODULUS_BITS;
}
