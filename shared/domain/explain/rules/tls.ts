import { ACME_TLS_PROTOCOL } from '../../dcv/tls-alpn/plan.ts';
import { quoteInput } from '../../net/quote.ts';
import { type Facts, hasError } from '../evidence/facts.ts';
import { quoteList, quoteMessage } from '../evidence/quoted.ts';
import { inEach, type Rule } from './rule.ts';
import { connectionFault } from './web.ts';

const CERTIFICATE_ERRORS = 'mpic_error:dcv_checker:tls_alpn:certificate';
/** Of OpenSSL, for the alert of RFC 7301 section 3.2. */
const NO_PROTOCOL_ALERT = /ALERT_NO_APPLICATION_PROTOCOL/;

function lookAtProtocol(facts: Facts) {
  const { details, lookup } = facts;
  if (details.kind !== 'tls') return null;
  const isAlert = connectionFault(facts) === 'tls' && NO_PROTOCOL_ALERT.test(lookup?.text ?? '');
  // The certificate of a server that does not know the protocol is an ordinary one, so its flaws say nothing more.
  const isOther = facts.result?.completed === true && details.alpnProtocol !== ACME_TLS_PROTOCOL;
  if (!isAlert && !isOther) return null;
  const selected = details.alpnProtocol === null ? 'no protocol' : quoteInput(details.alpnProtocol);
  return {
    line: isAlert ? quoteMessage(lookup?.text ?? '') : `the server selected ${selected}`,
    slots: { selected },
  };
}

function lookAtCertificate(facts: Facts) {
  const { details, errors, result } = facts;
  if (details.kind !== 'tls' || result?.completed !== true || result.passed) return null;
  if (hasError(facts, CERTIFICATE_ERRORS)) {
    const flaw = errors.find(({ type }) => type.startsWith(CERTIFICATE_ERRORS))?.message ?? '';
    const names =
      details.subjectAltNames === null ? '' : `; its names are ${quoteList(details.subjectAltNames)}`;
    return { line: `${quoteMessage(flaw)}${names}`, slots: { flaw: quoteMessage(flaw) } };
  }
  if (errors.length > 0) return null;
  const seen = quoteInput(details.acmeIdentifier ?? 'none');
  return {
    line: `acmeIdentifier ${seen} is the digest of another key authorization`,
    slots: { flaw: 'its acmeIdentifier is the digest of another key authorization' },
  };
}

function lookAtHandshake(facts: Facts) {
  if (connectionFault(facts) !== 'tls') return null;
  return { line: quoteMessage(facts.lookup?.text ?? '') };
}

/** Causes at the TLS server. */
export const TLS_RULES = {
  'tls-alpn-not-offered': {
    looksFor: 'a handshake without acme-tls/1',
    sure: 'certain',
    text: 'The TLS server does not speak acme-tls/1 for {target}; it selected {selected}. An ordinary web server or a proxy answers in place of the ACME client.',
    applicant:
      'Let the ACME client answer the handshake at port 443, and let proxies and load balancers pass TLS through, by SNI and ALPN.',
    ca: null,
    find: inEach(lookAtProtocol),
  },
  'tls-alpn-wrong-certificate': {
    looksFor: 'a handshake with acme-tls/1 and a certificate that does not prove control',
    sure: 'certain',
    text: 'The server speaks acme-tls/1 with the wrong certificate: {flaw}.',
    applicant:
      'Restart the ACME client so that it serves the certificate of this challenge, on every server that answers for the name.',
    ca: 'Check that key_authorization_hash is that of this order.',
    find: inEach(lookAtCertificate),
  },
  'tls-handshake-failed': {
    looksFor: 'a TLS handshake that failed for another reason',
    sure: 'likely',
    text: 'The TLS handshake with the server failed.',
    applicant:
      'Check that the server speaks TLS 1.2 or newer at port 443, and has a certificate for the name.',
    ca: null,
    find: inEach(lookAtHandshake),
  },
} as const satisfies Readonly<Record<string, Rule>>;
