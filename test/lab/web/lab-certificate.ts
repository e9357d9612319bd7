import {
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  randomBytes,
  sign,
} from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  Extension,
  Extensions,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import * as asn1 from 'asn1js';

/** An entry of a subjectAltName. `ip`: the octets of the address; `raw`: any tag and content. */
export type LabSubjectAltName =
  | { readonly type: 'dns' | 'email' | 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly octets: readonly number[] }
  | { readonly type: 'raw'; readonly tag: number; readonly octets: readonly number[] };

export interface LabExtension {
  readonly id: string;
  readonly critical?: boolean;
  /** Content of extnValue. */
  readonly value: Uint8Array;
}

export interface LabAcmeIdentifier {
  /** Goes into an octet string; left out with `rawValue`. */
  readonly digest?: Uint8Array;
  /** Default true. */
  readonly critical?: boolean;
  /** Content of extnValue in place of the octet string. */
  readonly rawValue?: Uint8Array;
}

export interface LabCertificateOptions {
  /** Entries of the subjectAltName; null: no such extension. Default none at all, in an empty one. */
  readonly names?: readonly LabSubjectAltName[] | null;
  readonly acmeIdentifier?: LabAcmeIdentifier;
  /** Before all others, so that a repetition of another extension comes first. */
  readonly extensions?: readonly LabExtension[];
  readonly keyType?: 'p256' | 'rsa' | 'ed25519';
  readonly commonName?: string;
  readonly issuerName?: string;
  /** Sign with another key than the one in the certificate. */
  readonly foreignSignature?: boolean;
  /** Octets of the signature are changed. */
  readonly brokenSignature?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Changes the signed part (RFC 5280 section 4.1.2), as DER, before it is signed: the signature is right. */
  readonly mutateSigned?: (signedPart: Buffer) => Uint8Array;
  /** Changes the finished certificate, as DER. */
  readonly mutate?: (certificate: Buffer) => Uint8Array;
}

/** A certificate and its key, as TLS servers take them. */
export interface LabCertificate {
  readonly cert: string;
  readonly key: string;
  readonly der: Uint8Array;
}

const ID = {
  commonName: '2.5.4.3',
  subjectAltName: '2.5.29.17',
  acmeIdentifier: '1.3.6.1.5.5.7.1.31',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  ed25519: '1.3.101.112',
} as const;

const ALGORITHMS = {
  p256: new AlgorithmIdentifier({ algorithm: ID.ecdsaWithSha256 }),
  // Parameters that are absent and those that are NULL differ (RFC 4055 section 5, RFC 5758 section 3.2).
  rsa: new AlgorithmIdentifier({ algorithm: ID.sha256WithRsa, parameters: null }),
  ed25519: new AlgorithmIdentifier({ algorithm: ID.ed25519 }),
} as const;

const SAN_TAGS = { email: 1, dns: 2, uri: 6, ip: 7 } as const;
const DAY_MS = 86_400_000;

/** A certificate made to order, right or wrong in one respect, for TLS servers of tests and demonstrations. */
export function makeLabCertificate(options: LabCertificateOptions = {}): LabCertificate {
  const { keyType = 'p256', foreignSignature = false, brokenSignature = false } = options;
  const { mutateSigned = unchanged, mutate = unchanged } = options;
  const own = makeKeys(keyType, 'own');
  const signer = foreignSignature ? makeKeys(keyType, 'foreign') : own;
  const tbs = Buffer.from(mutateSigned(signedPart(options, own.publicKey, keyType)));
  const signature = Buffer.from(sign(keyType === 'ed25519' ? null : 'sha256', tbs, signer.privateKey));
  if (brokenSignature) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 0xff;
  const parts = [tbs, serialise(ALGORITHMS[keyType]), encode(new asn1.BitString({ valueHex: signature }))];
  const der = Buffer.from(mutate(encodedSequence(parts)));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`,
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    der,
  };
}

function unchanged(der: Buffer): Buffer {
  return der;
}

/** RFC 5280 section 4.1. */
function signedPart(
  options: LabCertificateOptions,
  publicKey: KeyObject,
  keyType: NonNullable<LabCertificateOptions['keyType']>,
): Buffer {
  const { commonName = 'lab', issuerName = commonName } = options;
  const { notBefore = new Date(Date.now() - DAY_MS), notAfter = new Date(Date.now() + DAY_MS) } = options;
  const extensions = listExtensions(options).map(
    ({ id, critical = false, value }) =>
      new Extension({ extnID: id, critical, extnValue: new OctetString(value) }),
  );
  return serialise(
    new TBSCertificate({
      version: Version.v3,
      serialNumber: toArrayBuffer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
      signature: ALGORITHMS[keyType],
      issuer: name(issuerName),
      validity: new Validity({ notBefore, notAfter }),
      subject: name(commonName),
      subjectPublicKeyInfo: AsnConvert.parse(
        toArrayBuffer(publicKey.export({ type: 'spki', format: 'der' })),
        SubjectPublicKeyInfo,
      ),
      ...(extensions.length === 0 ? {} : { extensions: new Extensions(extensions) }),
    }),
  );
}

function listExtensions({
  names = [],
  acmeIdentifier,
  extensions = [],
}: LabCertificateOptions): readonly LabExtension[] {
  return [
    ...extensions,
    ...(names === null ? [] : [subjectAltNameExtension(names)]),
    ...(acmeIdentifier === undefined ? [] : [acmeIdentifierExtension(acmeIdentifier)]),
  ];
}

export function subjectAltNameExtension(names: readonly LabSubjectAltName[]): LabExtension {
  return { id: ID.subjectAltName, value: encode(new asn1.Sequence({ value: names.map(generalName) })) };
}

export function acmeIdentifierExtension({
  digest = new Uint8Array(32),
  critical = true,
  rawValue,
}: LabAcmeIdentifier): LabExtension {
  const value = rawValue ?? encode(new asn1.OctetString({ valueHex: digest }));
  return { id: ID.acmeIdentifier, critical, value };
}

function generalName(name: LabSubjectAltName): asn1.Primitive {
  switch (name.type) {
    case 'ip':
      return primitive(SAN_TAGS.ip, Buffer.from(name.octets));
    case 'raw':
      return primitive(name.tag, Buffer.from(name.octets));
    default:
      return primitive(SAN_TAGS[name.type], Buffer.from(name.value, 'latin1'));
  }
}

function name(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  return new Name([
    new RelativeDistinguishedName([new AttributeTypeAndValue({ type: ID.commonName, value })]),
  ]);
}

/** Generating an RSA key takes up to seconds, so a process has one for each role. */
const rsaKeys = new Map<'own' | 'foreign', KeyPairKeyObjectResult>();

function makeKeys(keyType: 'p256' | 'rsa' | 'ed25519', role: 'own' | 'foreign'): KeyPairKeyObjectResult {
  if (keyType === 'p256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (keyType === 'ed25519') return generateKeyPairSync('ed25519');
  const keys = rsaKeys.get(role) ?? generateKeyPairSync('rsa', { modulusLength: 2048 });
  rsaKeys.set(role, keys);
  return keys;
}

/** Of parts that stay as they are: to read and write them again could set right what is meant to be wrong. */
function encodedSequence(parts: readonly Buffer[]): Buffer {
  const block = new asn1.Primitive({
    idBlock: { tagClass: 1, tagNumber: 16 },
    valueHex: Buffer.concat(parts),
  });
  block.idBlock.isConstructed = true;
  return encode(block);
}

function primitive(tagNumber: number, valueHex: Uint8Array): asn1.Primitive {
  return new asn1.Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex });
}

function encode(block: asn1.BaseBlock): Buffer {
  return Buffer.from(block.toBER());
}

function serialise(value: unknown): Buffer {
  return Buffer.from(AsnConvert.serialize(value));
}

function toArrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
