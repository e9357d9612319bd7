import { MAX_NAME_LENGTH, type Target } from '../../check/check.ts';
import type { CheckError } from '../../check/check-result.ts';
import { foldAscii } from '../../dns/octets.ts';
import type { CheckErrorType } from '../../errors.ts';
import { parseIpAddress } from '../../net/ip-address.ts';
import { DCV_ERROR } from '../errors.ts';
import { type ChallengeCertificate, readChallengeCertificate, type SubjectAltName } from './certificate.ts';
import { ACME_TLS_PROTOCOL } from './plan.ts';
import type { TlsHandshake } from './tls-observation.ts';

/** Evidence of a handshake, whatever its result. */
export interface TlsAlpnEvidence {
  readonly alpnProtocol: string | null;
  /** Only if the certificate's names and acmeIdentifier are correct, as in the Open MPIC reference. */
  readonly commonName: string | null;
  readonly subjectAltNames: readonly string[] | null;
  readonly acmeIdentifier: string | null;
  readonly certificateSha256: string | null;
}

export interface HandshakeJudgement {
  readonly match: 'exact' | 'none';
  readonly errors: readonly CheckError[];
  readonly evidence: TlsAlpnEvidence;
}

/**
 * Whether a handshake proves control (RFC 8737 section 3, RFC 8738 section 6; TLS BR 3.2.2.4.20 [dcv-tls-alpn] and
 * 3.2.2.5.7 [ip-tls-alpn]).
 *
 * A correct certificate with another digest is not an error; it only does not match. The Open MPIC reference checks
 * neither the protocol nor the signature. Here a server without `acme-tls/1`, or whose certificate is signed by another
 * key, never matches under either policy: a shared host that sends any uploaded certificate for unknown names would
 * otherwise prove control without the consent that RFC 8737 relies on.
 */
export function judgeHandshake(
  target: Target,
  digest: Uint8Array,
  { alpnProtocol, certificate: der }: TlsHandshake,
): HandshakeJudgement {
  const nothing = { alpnProtocol: seenProtocol(alpnProtocol), ...NOTHING_SEEN };
  if (der === null) return failed(nothing, DCV_ERROR.noCertificate, 'the server sent no certificate');
  const read = readChallengeCertificate(der);
  if (!read.ok) return failed(nothing, DCV_ERROR.malformedCertificate, read.message);

  const { certificate } = read;
  const flaw = findFlaw(target, certificate);
  const evidence = { ...nothing, ...evidenceOf(certificate, flaw === null) };
  if (flaw !== null) return { match: 'none', errors: [flaw], evidence };
  const errors = findHandshakeFlaws(alpnProtocol, certificate);
  const isMatch = certificate.acmeIdentifiers.every(({ value }) => holdsDigest(value, digest));
  return { match: isMatch && errors.length === 0 ? 'exact' : 'none', errors, evidence };
}

const NOTHING_SEEN = {
  commonName: null,
  subjectAltNames: null,
  acmeIdentifier: null,
  certificateSha256: null,
};

/** The first reason why the certificate cannot be a challenge response for `target`; null if there is none. */
function findFlaw(target: Target, certificate: ChallengeCertificate): CheckError | null {
  const { extensionIds } = certificate;
  if (new Set(extensionIds).size < extensionIds.length) {
    return flawOf(
      DCV_ERROR.certificateDuplicateExtension,
      'the certificate has an extension twice (RFC 5280 section 4.2)',
    );
  }
  return findNameFlaw(target, certificate) ?? findIdentifierFlaw(certificate);
}

function findNameFlaw(target: Target, { subjectAltNames }: ChallengeCertificate): CheckError | null {
  const [names] = subjectAltNames;
  if (names === undefined) {
    return flawOf(DCV_ERROR.certificateExtensionMissing, 'the certificate has no subjectAltName');
  }
  const [name] = names;
  if (name === undefined || names.length > 1) {
    return flawOf(
      DCV_ERROR.certificateNoSingleSan,
      `the subjectAltName has ${names.length} entries, and has to have one`,
    );
  }
  return target.kind === 'ip' ? findAddressFlaw(target.address, name) : findDnsNameFlaw(target.name, name);
}

function findDnsNameFlaw(wanted: string, name: SubjectAltName): CheckError | null {
  if (name.type !== 'dns') {
    return flawOf(DCV_ERROR.certificateSanNotDnsname, 'the entry of the subjectAltName is no dNSName');
  }
  return foldAscii(name.name) === foldAscii(wanted)
    ? null
    : flawOf(DCV_ERROR.certificateSanNotHostname, `the subjectAltName is for another name than ${wanted}`);
}

function findAddressFlaw(wanted: string, name: SubjectAltName): CheckError | null {
  if (name.type !== 'ip') {
    return flawOf(DCV_ERROR.certificateSanTypeNotMatch, 'the entry of the subjectAltName is no iPAddress');
  }
  const octets = parseIpAddress(wanted)?.bytes ?? [];
  return octets.length === name.octets.length && octets.every((octet, index) => octet === name.octets[index])
    ? null
    : flawOf(DCV_ERROR.certificateSanNotHostname, `the subjectAltName is for another address than ${wanted}`);
}

function findIdentifierFlaw({ acmeIdentifiers }: ChallengeCertificate): CheckError | null {
  const [identifier] = acmeIdentifiers;
  if (identifier === undefined) {
    return flawOf(DCV_ERROR.certificateExtensionMissing, 'the certificate has no acmeIdentifier');
  }
  if (!identifier.critical) {
    return flawOf(DCV_ERROR.certificateNoncriticalAlpnExtension, 'the acmeIdentifier is not critical');
  }
  return digestIn(identifier.value) === null
    ? flawOf(
        DCV_ERROR.certificateMalformedAlpnExtension,
        'the acmeIdentifier is no DER octet string of 32 octets',
      )
    : null;
}

function findHandshakeFlaws(
  alpnProtocol: string | null,
  { isSelfSigned }: ChallengeCertificate,
): readonly CheckError[] {
  const flaws: CheckError[] = [];
  if (alpnProtocol !== ACME_TLS_PROTOCOL) {
    flaws.push(flawOf(DCV_ERROR.protocolNotNegotiated, `the server did not select ${ACME_TLS_PROTOCOL}`));
  }
  if (!isSelfSigned) {
    flaws.push(flawOf(DCV_ERROR.certificateNotSelfSigned, 'the certificate is not signed by its own key'));
  }
  return flaws;
}

/** RFC 8737 section 3: an OCTET STRING of 32 octets. It has exactly one DER form. */
const DIGEST_PREFIX = Buffer.from([0x04, 0x20]);
const DIGEST_OCTETS = 32;

function digestIn(value: Uint8Array): Buffer | null {
  const octets = Buffer.from(value);
  const hasForm =
    octets.length === DIGEST_PREFIX.length + DIGEST_OCTETS &&
    octets.subarray(0, DIGEST_PREFIX.length).equals(DIGEST_PREFIX);
  return hasForm ? octets.subarray(DIGEST_PREFIX.length) : null;
}

function holdsDigest(value: Uint8Array, digest: Uint8Array): boolean {
  return digestIn(value)?.equals(digest) ?? false;
}

const MAX_LISTED_NAMES = 10;
const MAX_IDENTIFIER_OCTETS = 64;

function evidenceOf(
  certificate: ChallengeCertificate,
  inOrder: boolean,
): Omit<TlsAlpnEvidence, 'alpnProtocol'> {
  const { subjectAltNames, acmeIdentifiers, commonName, sha256 } = certificate;
  const [identifier] = acmeIdentifiers;
  const value = identifier === undefined ? null : (digestIn(identifier.value) ?? identifier.value);
  return {
    commonName: inOrder ? commonName : null,
    subjectAltNames: subjectAltNames.length === 0 ? null : listNames(subjectAltNames.flat()),
    acmeIdentifier: value && Buffer.from(value).subarray(0, MAX_IDENTIFIER_OCTETS).toString('hex'),
    certificateSha256: sha256,
  };
}

function listNames(names: readonly SubjectAltName[]): readonly string[] {
  const more = names.length - MAX_LISTED_NAMES;
  const listed = names.slice(0, MAX_LISTED_NAMES).map(describeName);
  return more > 0 ? [...listed, `and ${more} more`] : listed;
}

function describeName(name: SubjectAltName): string {
  switch (name.type) {
    case 'dns':
      return `DNS:${visible(name.name.slice(0, MAX_NAME_LENGTH))}`;
    case 'ip':
      return `IP:${Buffer.from(name.octets.subarray(0, 16)).toString('hex')}`;
    case 'other':
      return `tag ${name.tag}`;
  }
}

function seenProtocol(protocol: string | null): string | null {
  return protocol === null ? null : visible(protocol.slice(0, MAX_NAME_LENGTH));
}

/** Escapes untrusted octets (one character each) that are not visible ASCII. */
function visible(text: string): string {
  return text.replace(
    /[^!-~]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function failed(evidence: TlsAlpnEvidence, type: CheckErrorType, message: string): HandshakeJudgement {
  return { match: 'none', errors: [flawOf(type, message)], evidence };
}

function flawOf(type: CheckErrorType, message: string): CheckError {
  return { type, message };
}
