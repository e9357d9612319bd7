import type { CheckErrorType } from '../errors.ts';

/** Error types of domain control checks, as in the Open MPIC API where it defines one. */
export const DCV_ERROR = {
  /** The DNS gave no usable answer, or the answer lacks the record. */
  lookup: 'mpic_error:dcv_checker:lookup',
  /** The records that led to the choice of the target are not as the caller says (TLS BR 3.2.2.4 [adn]). */
  adn: 'mpic_error:dcv_checker:adn',
  /** The parameters define no valid check, or none that the policy accepts. Nothing was sent. */
  parameter: 'mpic_error:dcv_checker:parameter',
  /** The Baseline Requirements no longer accept the method. Nothing was sent. */
  methodEnded: 'mpic_error:dcv_checker:method_ended',
  /** The status of a web server's final response cannot prove control. */
  http: 'mpic_error:http',
  /** A redirect may not be followed. Its target was not requested. */
  redirect: 'mpic_error:redirect:invalid',
  /** All addresses of the host are reserved or denied. */
  addressRefused: 'mpic_error:dcv_checker:address_refused',

  /** The server selected another protocol than acme-tls/1, or none (RFC 8737 section 3). */
  protocolNotNegotiated: 'mpic_error:dcv_checker:tls_alpn:protocol_not_negotiated',
  /** The server sent no certificate. */
  noCertificate: 'mpic_error:dcv_checker:tls_alpn:certificate:no_certificate',
  /** The certificate cannot be read. */
  malformedCertificate: 'mpic_error:dcv_checker:tls_alpn:certificate:malformed',
  /** The certificate is signed by another key than its own. */
  certificateNotSelfSigned: 'mpic_error:dcv_checker:tls_alpn:certificate:not_self_signed',
  /** The certificate lacks subjectAltName or acmeIdentifier. */
  certificateExtensionMissing: 'mpic_error:dcv_checker:tls_alpn:certificate:extension_missing',
  /** The certificate has subjectAltName or acmeIdentifier more than once. */
  certificateDuplicateExtension: 'mpic_error:dcv_checker:tls_alpn:certificate:duplicate_extension',
  /** The acmeIdentifier is not critical. */
  certificateNoncriticalAlpnExtension:
    'mpic_error:dcv_checker:tls_alpn:certificate:noncritical_alpn_extension',
  /** The acmeIdentifier is not an OCTET STRING of 32 octets. */
  certificateMalformedAlpnExtension: 'mpic_error:dcv_checker:tls_alpn:certificate:malformed_alpn_extension',
  /** The subjectAltName does not have exactly one entry. */
  certificateNoSingleSan: 'mpic_error:dcv_checker:tls_alpn:certificate:no_single_san',
  /** The target is a name, and the entry of the subjectAltName is not a dNSName. */
  certificateSanNotDnsname: 'mpic_error:dcv_checker:tls_alpn:certificate:san_not_dnsname',
  /** The target is an address, and the entry of the subjectAltName is not an iPAddress. */
  certificateSanTypeNotMatch: 'mpic_error:dcv_checker:tls_alpn:certificate:san_type_not_match',
  /** The subjectAltName names another name or address than the target. */
  certificateSanNotHostname: 'mpic_error:dcv_checker:tls_alpn:certificate:san_not_hostname',
} as const satisfies Readonly<Record<string, CheckErrorType>>;
